/**
 * Several trades within one bar as one mark that counts them: on a coarse timeframe they lie over each other and none
 * could be read. What began before its bar or outlasts it is drawn by itself. Pure, but for the painting.
 */

import { PILL, pillWidth } from '../primitives/pill.js';

/** @typedef {import('./tradeshapes.js').Placed} Placed */

/** @typedef {{ time: number, whatif: boolean, members: Placed[], low: number, high: number }} Group of fills, USDT */

/**
 * A group in the pane; `label` tells whether there is room for its number.
 * @typedef {{ group: Group, x: number, top: number, bottom: number, label: boolean }} GroupShape
 */

/** How near the mouse must be to the line of a group, CSS px. */
const NEAR = 6;

/**
 * @param {readonly Placed[]} trades
 * @returns {{ groups: Group[], grouped: Set<Placed> }} in order of time, what-ifs apart
 */
export function groupsOf(trades) {
  /** @type {Map<string, Placed[]>} */
  const bars = new Map();
  for (const placed of trades) {
    if (placed.entry !== placed.exit) continue;
    const key = `${placed.entry} ${placed.whatif}`;
    const bar = bars.get(key);
    if (bar) bar.push(placed);
    else bars.set(key, [placed]);
  }
  const several = [...bars.values()].filter(({ length }) => length > 1);
  return { groups: several.map(groupOf).sort((a, b) => a.time - b.time), grouped: new Set(several.flat()) };
}

/** @param {Placed[]} members @returns {Group} */
function groupOf(members) {
  const prices = members.flatMap(({ trade }) => [trade.entryPrice, trade.exitPrice]);
  const [{ entry, whatif }] = members;
  return { time: entry, whatif, members, low: Math.min(...prices), high: Math.max(...prices) };
}

/**
 * Those in sight; where numbers would lie over each other, the newer ones are written.
 * @param {readonly Group[]} groups in order of time
 * @param {import('../primitives/scale.js').Scale} scale
 * @returns {GroupShape[]}
 */
export function groupShapes(groups, scale) {
  /** @type {GroupShape[]} */
  const shapes = [];
  let free = Number.POSITIVE_INFINITY;
  for (const group of [...groups].reverse()) {
    if (group.time < scale.from || group.time >= scale.to) continue;
    const [top, bottom] = [scale.y(group.high), scale.y(group.low)];
    if (top === null || bottom === null) continue;
    const x = scale.x(group.time);
    const half = pillWidth(group.members.length) / 2;
    const label = x + half <= free;
    if (label) free = x - half;
    shapes.push({ group, x, top, bottom, label });
  }
  return shapes.reverse();
}

/**
 * The group under a point: its line or its number.
 * @param {readonly GroupShape[]} shapes
 * @param {number} x
 * @param {number} y
 */
export function groupAt(shapes, x, y) {
  /** @type {GroupShape | null} */
  let found = null;
  for (const shape of shapes) {
    const reach = shape.label && y < shape.top ? pillWidth(shape.group.members.length) / 2 : NEAR;
    const inside = y >= shape.top - (shape.label ? PILL.height + PILL.gap : NEAR) && y <= shape.bottom + NEAR;
    const away = Math.abs(x - shape.x);
    if (inside && away <= reach && (!found || away < Math.abs(x - found.x))) found = shape;
  }
  return found;
}

/** What a group brought: late trades, which nobody could have made, are left out. @param {Group} group */
export function sumOf({ members }) {
  const timely = members.filter(({ trade }) => !trade.late);
  return {
    count: members.length,
    profit: timely.reduce((sum, { trade }) => sum + trade.profit, 0),
    won: timely.filter(({ trade }) => trade.profit > 0).length,
    late: members.length - timely.length,
  };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {readonly GroupShape[]} shapes
 * @param {import('../theme.js').Theme} theme
 */
export function paintGroups(context, shapes, theme) {
  context.font = PILL.font;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.setLineDash([]);
  for (const { group, x, top, bottom, label } of shapes) {
    const sum = sumOf(group);
    const colour = group.whatif ? theme.whatif : sum.profit < 0 ? theme.down : theme.up;
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, Math.max(bottom, top + 1));
    context.strokeStyle = theme.text; // neither colour of a candle: it runs through one
    context.lineWidth = 2;
    context.stroke();
    if (!label) continue;
    context.strokeStyle = colour;
    const width = pillWidth(sum.count);
    const foot = top - PILL.gap;
    context.fillStyle = theme.background;
    context.lineWidth = 1.5;
    context.beginPath();
    context.roundRect(x - width / 2 + 1, foot - PILL.height, width - 2, PILL.height, PILL.height / 2);
    context.fill();
    context.stroke();
    context.fillStyle = theme.text;
    context.fillText(String(sum.count), x, foot - PILL.height / 2 + 0.5);
  }
  context.textAlign = 'start';
}
