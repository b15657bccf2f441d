/**
 * Completed trades over the candles: a triangle at the entry that points the way of the trade, a line to the exit, the
 * area between them shaded by outcome. The exit mark says how it ended by shape and by colour: a disc at the target, a
 * cross at the stop, a square otherwise. A late trade is hollow, a what-if is dashed and in a colour of its own. Several
 * within one bar are one mark that counts them (tradegroups.js); the chosen one is always drawn.
 */

import { pairOf } from '../../state/pair.js';
import { lengthOf } from '../cvd.js';
import { barOf, PRICE } from '../panes.js';
import { createLayer } from '../primitives/layer.js';
import { sayGroup, sayTrade } from '../said.js';
import { groupAt, groupShapes, groupsOf, paintGroups } from './tradegroups.js';
import { looks, placeTrade, tradeShapes, tradeUnder } from './tradeshapes.js';

/** @typedef {import('./tradeshapes.js').Placed} Placed */
/** @typedef {import('./tradeshapes.js').TradeShape} TradeShape */
/** @typedef {import('../theme.js').Theme} Theme */

const SIZE = 6;

/**
 * @param {import('../layers.js').Ground} chart
 * @param {import('../../state/state.js').State} state
 */
export function mount({ candles, data, theme, scaleOf }, state) {
  /** @type {readonly Placed[]} */
  let trades = [];
  let { groups, grouped } = groupsOf(trades);
  const scale = scaleOf(candles);
  const crowds = createLayer({
    scale,
    arrange: (now) => groupShapes(groups, now),
    at: groupAt,
    paint: (context, shapes) => paintGroups(context, shapes, theme()),
  });
  const layer = createLayer({
    scale,
    clickable: true,
    arrange: (now) => tradeShapes(trades.filter(drawnAlone), now),
    at: tradeUnder,
    paint: (context, shapes) => paint(context, shapes, theme(), state.selected.get()),
  });
  candles.attachPrimitive(crowds.primitive);
  candles.attachPrimitive(layer.primitive);

  /** @param {Placed} placed */
  const drawnAlone = (placed) =>
    !grouped.has(placed) ||
    (!placed.whatif && placed.trade.id !== undefined && placed.trade.id === state.selected.get());

  function place() {
    const { span, times, values } = data();
    const bars = { span, times, bars: values };
    const pair = pairOf(state);
    const tested = state.whatif.get();
    const testedBar = (tested && lengthOf(tested.parameters.chart_timeframe)) ?? 0;
    trades = [
      ...((state.overlays.get().trades ? state.trades.get() : null) ?? [])
        .filter((trade) => trade.pair === pair)
        .map((trade) => placeTrade(trade, barOf(state, trade.configuration), bars)),
      ...(tested?.trades ?? [])
        .filter((trade) => trade.pair === pair)
        .map((trade) => placeTrade(trade, testedBar, bars, true)),
    ];
    ({ groups, grouped } = groupsOf(trades));
    layer.redraw();
  }

  const stop = [
    state.trades.listen(place),
    state.whatif.listen(place),
    state.overlays.listen(place),
    state.selected.listen(() => layer.redraw()),
  ];
  return {
    shapes: layer.shapes,
    groups: crowds.shapes,
    placed: () => trades,
    draw: place,
    /** @param {import('../layers.js').Point} point */
    under({ pane, x, y }) {
      if (pane !== PRICE) return null;
      const found = layer.at(x, y);
      if (!found) {
        const crowd = crowds.at(x, y);
        return crowd && { say: () => sayGroup(crowd.group) };
      }
      const { placed } = found;
      return { trade: placed.whatif ? undefined : placed.trade.id, say: () => sayTrade(placed, data().span) };
    },
    dispose() {
      for (const end of stop) end();
    },
  };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {readonly TradeShape[]} shapes
 * @param {Theme} theme
 * @param {number | null} selected
 */
function paint(context, shapes, theme, selected) {
  for (const shape of shapes) {
    const { whatif, trade } = shape.placed;
    const chosen = !whatif && trade.id !== undefined && trade.id === selected;
    shade(context, shape, theme, chosen);
    if (chosen) drawLevels(context, shape, theme);
  }
  for (const shape of shapes) marks(context, shape, theme);
}

/**
 * @param {TradeShape} shape
 * @param {Theme} theme
 */
function colours(shape, theme) {
  if (shape.placed.whatif) return { line: theme.whatif, fill: 'transparent' };
  const { end } = looks(shape);
  if (end === 'other') return { line: theme.text, fill: 'transparent' };
  return end === 'target' ? { line: theme.up, fill: theme.upFaint } : { line: theme.down, fill: theme.downFaint };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TradeShape} shape
 * @param {Theme} theme
 * @param {boolean} chosen
 */
function shade(context, shape, theme, chosen) {
  const { x0, y0, x1, y1, placed } = shape;
  const { line, fill } = colours(shape, theme);
  const [left, top] = [Math.round(Math.min(x0, x1)), Math.round(Math.min(y0, y1))];
  const [width, height] = [Math.round(Math.abs(x1 - x0)), Math.round(Math.abs(y1 - y0))];
  context.fillStyle = fill;
  context.fillRect(left, top, width, height);
  context.strokeStyle = line;
  if (chosen) {
    context.lineWidth = 1;
    context.setLineDash([]);
    context.strokeRect(left + 0.5, top + 0.5, width, height);
  }
  context.lineWidth = chosen ? 2 : 1.5;
  context.setLineDash(placed.whatif ? [5, 4] : []);
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
  context.setLineDash([]);
}

/**
 * Stop and target of the selected trade, from entry to exit.
 * @param {CanvasRenderingContext2D} context
 * @param {TradeShape} shape
 * @param {Theme} theme
 */
function drawLevels(context, { x0, x1, stop, target }, theme) {
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.font = '10px system-ui, sans-serif';
  context.textBaseline = 'bottom';
  for (const [y, colour, name] of /** @type {[number | null, string, string][]} */ ([
    [stop, theme.down, 'Stop'],
    [target, theme.up, 'Target'],
  ])) {
    if (y === null) continue;
    const at = Math.round(y) + 0.5;
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(x0 - 12, at);
    context.lineTo(Math.max(x1, x0 + 24) + 12, at);
    context.stroke();
    context.fillStyle = colour;
    context.fillText(name, x0 - 12, at - 1);
  }
  context.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TradeShape} shape
 * @param {Theme} theme
 */
function marks(context, shape, theme) {
  const { long, end, late } = looks(shape);
  const { x0, y0, x1, y1, placed } = shape;
  const colour = placed.whatif ? theme.whatif : long ? theme.long : theme.short;
  context.lineWidth = 1.5;
  const way = long ? 1 : -1;
  context.beginPath(); // its tip is the fill price
  context.moveTo(x0, y0);
  context.lineTo(x0 - SIZE, y0 + way * SIZE * 1.7);
  context.lineTo(x0 + SIZE, y0 + way * SIZE * 1.7);
  context.closePath();
  fill(context, colour, theme.background, late || placed.whatif);

  const line = colours(shape, theme).line;
  context.beginPath();
  if (end === 'stop') {
    context.strokeStyle = theme.background;
    context.lineWidth = 5;
    cross(context, x1, y1, SIZE - 1.5);
    context.stroke();
    context.strokeStyle = line;
    context.lineWidth = 2.5;
    context.beginPath();
    cross(context, x1, y1, SIZE - 1.5);
    context.stroke();
    return;
  }
  if (end === 'target') context.arc(x1, y1, SIZE - 1, 0, 2 * Math.PI);
  else context.rect(x1 - SIZE + 1.5, y1 - SIZE + 1.5, 2 * SIZE - 3, 2 * SIZE - 3);
  fill(context, line, theme.background, placed.whatif);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour
 * @param {string} ground
 * @param {boolean} hollow
 */
function fill(context, colour, ground, hollow) {
  context.fillStyle = hollow ? ground : colour;
  context.strokeStyle = hollow ? colour : ground;
  context.fill();
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function cross(context, x, y, size) {
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
}
