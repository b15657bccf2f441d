/**
 * Changes of the bot's configuration: a dotted line through the panes down to the time axis, named under the candles.
 */

import { createLayer } from '../primitives/layer.js';

/** @typedef {{ since: number, label: string, changed: string[] }} Change */
/** @typedef {{ change: Change, x: number }} ChangeShape */

/**
 * What each configuration changed, from the second on: the parameters that differ from the one before.
 * @param {readonly { since: number, pair: string, version: string, parameters?: Record<string, unknown>, market?: string }[]} configurations oldest first
 * @returns {Change[]}
 */
export function changesOf(configurations) {
  /** @type {Map<string, (typeof configurations)[number]>} */
  const before = new Map();
  /** @type {Change[]} */
  const changes = [];
  for (const now of configurations) {
    const was = before.get(now.pair);
    before.set(now.pair, now);
    if (was) changes.push({ since: now.since, label: 'settings', changed: differences(was, now) });
  }
  return changes;
}

/**
 * @param {{ version: string, market?: string, parameters?: Record<string, unknown> }} was
 * @param {{ version: string, market?: string, parameters?: Record<string, unknown> }} now
 */
function differences(was, now) {
  const said = [];
  if (was.version !== now.version) said.push(`version ${was.version} to ${now.version}`);
  if (was.market !== now.market) said.push(`market ${was.market} to ${now.market}`);
  const [old, fresh] = [was.parameters ?? {}, now.parameters ?? {}];
  for (const name of new Set([...Object.keys(old), ...Object.keys(fresh)]))
    if (old[name] !== fresh[name]) said.push(`${name} ${old[name] ?? 'default'} to ${fresh[name] ?? 'default'}`);
  return said;
}

/**
 * @param {() => import('../primitives/scale.js').Scale | null} scale
 * @param {() => readonly Change[]} changes
 * @param {() => import('../theme.js').Theme} theme
 * @param {boolean} named whether the name stands at its foot: once, under the candles, is enough
 */
export const settingsLayer = (scale, changes, theme, named) =>
  createLayer({
    scale,
    arrange: (now) =>
      changes()
        .filter(({ since }) => since >= now.from && since < now.to)
        .map((change) => ({ change, x: now.x(change.since) })),
    at: (shapes, x) => shapes.find((shape) => Math.abs(shape.x - x) <= 4) ?? null,
    paint(context, shapes, { height }) {
      const { accent } = theme();
      context.strokeStyle = accent;
      context.fillStyle = accent;
      context.font = '10px system-ui, sans-serif';
      context.textBaseline = 'bottom';
      context.setLineDash([1, 3]);
      for (const { change, x } of shapes) {
        const at = Math.round(x) + 0.5;
        context.beginPath();
        context.moveTo(at, 0);
        context.lineTo(at, height);
        context.stroke();
        if (named) context.fillText(change.label, at + 4, height - 4);
      }
    },
  });
