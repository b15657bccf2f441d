/**
 * Changes of the bot's configuration: a dotted line through the panes down to the time axis, named under the candles.
 */

import { pairOf } from '../../state/pair.js';
import { CVD, PRICE } from '../panes.js';
import { createLayer } from '../primitives/layer.js';
import { sayChange } from '../said.js';

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
 * @param {import('../layers.js').Ground} chart
 * @param {import('../../state/state.js').State} state
 */
export function mount({ api, candles, theme, scaleOf }, state) {
  /** @type {readonly Change[]} */
  let changes = [];
  const parts = { scale: scaleOf(candles), changes: () => changes, theme };
  const named = lines({ ...parts, named: true });
  const foot = lines({ ...parts, named: false });
  candles.attachPrimitive(named.primitive);
  api.panes()[CVD].attachPrimitive(foot.primitive);

  function place() {
    const pair = pairOf(state);
    changes = changesOf((state.status.get()?.configurations ?? []).filter((row) => row.pair === pair));
    for (const layer of [named, foot]) {
      layer.show(state.overlays.get().configurations);
      layer.redraw();
    }
  }

  const stop = [state.status.listen(place), state.overlays.listen(place)];
  return {
    shapes: named.shapes,
    draw: place,
    /** @param {import('../layers.js').Point} point */
    under({ pane, x, y }) {
      const found = pane === PRICE ? named.at(x, y) : null;
      return found && { say: () => sayChange(found.change) };
    },
    dispose() {
      for (const end of stop) end();
    },
  };
}

/**
 * @param {{ scale: () => import('../primitives/scale.js').Scale | null, changes: () => readonly Change[],
 *   theme: () => import('../theme.js').Theme, named: boolean }} parts whether the name stands at the foot: once, under
 *   the candles, is enough
 */
const lines = ({ scale, changes, theme, named }) =>
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
