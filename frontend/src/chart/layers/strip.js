/**
 * The completeness strip under the chart: one cell a bar, coloured by how whole the bar's minutes are. Absent bars are
 * told apart from incomplete ones; neighbours of one state are one rectangle.
 */

import { createLayer } from '../primitives/layer.js';

/** @typedef {'whole' | 'healed' | 'partial' | 'none' | 'unknown'} State */
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
 * @param {() => import('../primitives/scale.js').Scale | null} scale
 * @param {() => { rows: Completeness | null, span: number }} what
 * @param {() => import('../theme.js').Theme} theme
 */
export const stripLayer = (scale, what, theme) =>
  createLayer({
    scale,
    arrange(now) {
      const { rows, span } = what();
      return rows ? cellsOf(rows, span, now) : [];
    },
    paint(context, cells, { width, height }) {
      const { background, whole, healed, partial, none, unknown } = theme();
      const colours = { whole, healed, partial, none, unknown, hole: none };
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
