/**
 * The completeness strip under the chart: one cell a bar, coloured by how whole the bar's minutes are. Absent bars are
 * told apart from incomplete ones; neighbours of one state are one rectangle.
 */

import { indexAt } from '../../state/bars.js';
import { CVD } from '../panes.js';
import { createLayer } from '../primitives/layer.js';
import { sayBar } from '../said.js';

/** @typedef {'whole' | 'healed' | 'lacking' | 'none' | 'unknown'} State */
/** @typedef {{ timestamp: number[], state: string[], missing: string[][] }} Completeness */
/** @typedef {{ left: number, right: number, state: State | 'hole' }} Cell in CSS px */

/** Height of the strip, CSS px. */
export const HEIGHT = 5;

/**
 * Runs of one state in sight, holes between bars included.
 * @param {Completeness} rows
 * @param {number} span
 * @param {import('../primitives/scale.js').Scale} scale
 * @returns {Cell[]}
 */
export function cellsOf({ timestamp, state }, span, scale) {
  /** @type {Cell[]} */
  const cells = [];
  /**
   * @param {number} left
   * @param {number} right
   * @param {Cell['state']} what
   */
  const add = (left, right, what) => {
    const last = cells.at(-1);
    if (last && last.state === what && left - last.right < 0.5) last.right = right;
    else cells.push({ left, right, state: what });
  };
  timestamp.forEach((time, row) => {
    const next = timestamp[row + 1] ?? time + span;
    if (time >= scale.to || next <= scale.from) return;
    const left = scale.left(time);
    add(left, left + scale.step, /** @type {State} */ (state[row]));
    if (next - time > span) add(left + scale.step, scale.left(next), 'hole');
  });
  return cells;
}

/**
 * @param {import('../layers.js').Ground} chart
 * @param {import('../../state/state.js').State} state
 */
export function mount({ api, candles, data, theme, overlays, scaleOf }, state) {
  const layer = createLayer({
    scale: scaleOf(candles), // of its own pane only the time axis matters
    arrange(now) {
      const rows = overlays.completeness.get()?.completeness;
      return rows ? cellsOf(rows, data().span, now) : [];
    },
    paint(context, cells, { width, height }) {
      const { background, whole, healed, partial, none, unknown } = theme();
      const colours = { whole, healed, lacking: partial, none, unknown, hole: none };
      context.fillStyle = background;
      context.fillRect(0, height - HEIGHT - 1, width, HEIGHT + 1);
      for (const { left, right, state } of cells) {
        context.fillStyle = colours[state] ?? unknown;
        const x = Math.round(left);
        const tall = state === 'whole' || state === 'unknown' ? HEIGHT - 2 : HEIGHT; // what is amiss stands out by size too
        context.fillRect(x, height - tall, Math.max(1, Math.round(right) - x), tall);
      }
    },
  });
  api.panes()[CVD].attachPrimitive(layer.primitive);

  function place() {
    layer.show(state.overlays.get().completeness);
    layer.redraw();
  }

  /** @param {number} instant ms */
  function say(instant) {
    const answer = overlays.completeness.get();
    const row = answer ? indexAt(answer.completeness.timestamp, instant) : -1;
    return answer && answer.completeness.timestamp[row] === instant ? sayBar(answer, row, data().span) : null;
  }

  const stop = [overlays.completeness.listen(place), state.overlays.listen(place)];
  return {
    shapes: layer.shapes,
    draw: place,
    /** @param {import('../layers.js').Point} point */
    under({ pane, y, instant }) {
      const here = pane === CVD && y >= api.panes()[CVD].getHeight() - HEIGHT - 3;
      return here && state.overlays.get().completeness ? { ground: true, say: () => say(instant) } : null;
    },
    dispose() {
      for (const end of stop) end();
    },
  };
}
