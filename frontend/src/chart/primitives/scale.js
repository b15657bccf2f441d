/**
 * Where instants and prices lie on the canvas, and what is in sight.
 *
 * The time axis counts slots: each has the same width, whatever lies between two of them. An instant belongs to the
 * slot it falls into; before the first slot and behind the last one, slots are counted on at the timeframe's length,
 * so that a zone which began before the bars held still comes in from the left edge. Pure.
 */

import { indexAt } from '../../state/bars.js';

/**
 * @typedef {object} Frame one frame of the chart
 * @property {number[]} slots opens in ms
 * @property {number} span length of a slot, ms
 * @property {number} zero x of the middle of slot 0, CSS px
 * @property {number} step width of a slot, CSS px
 * @property {number} width of the pane, CSS px
 * @property {(price: number) => number | null} y
 */

/** @typedef {ReturnType<typeof createScale>} Scale */

/**
 * Index of the slot an instant falls into; negative before the first, beyond the last as if slots went on.
 * @param {number[]} slots
 * @param {number} span
 * @param {number} instant ms
 */
export function slotOf(slots, span, instant) {
  if (slots.length === 0) return 0;
  const index = indexAt(slots, instant);
  if (index < 0) return Math.floor((instant - slots[0]) / span);
  if (index === slots.length - 1) return index + Math.floor((instant - slots[index]) / span);
  return index;
}

/** @param {Frame} frame */
export function createScale({ slots, span, zero, step, width, y }) {
  const first = Math.floor(-zero / step);
  const last = Math.ceil((width - zero) / step);
  /** @param {number} index */
  const timeAt = (index) => {
    if (slots.length === 0) return 0;
    if (index < 0) return slots[0] + index * span;
    const end = slots.length - 1;
    return index > end ? slots[end] + (index - end) * span : slots[index];
  };
  return {
    y,
    step,
    width,
    /** The first and the last instant in sight, ms. */
    from: timeAt(first),
    to: timeAt(last) + span,
    /** The newest slot held, and the end of its time. */
    end: slots.length ? slots[slots.length - 1] + span : 0,
    /** @param {number} instant */
    slot: (instant) => slotOf(slots, span, instant),
    /** Middle of a slot. @param {number} index */
    middle: (index) => zero + index * step,
    /** Middle of the slot an instant falls into. @param {number} instant */
    x: (instant) => zero + slotOf(slots, span, instant) * step,
    /** Left edge of the slot an instant falls into. @param {number} instant */
    left: (instant) => zero + (slotOf(slots, span, instant) - 0.5) * step,
  };
}
