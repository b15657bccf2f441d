/**
 * Cumulative volume delta of the bars the page holds, from each bar's taker buys and sells.
 *
 * `running` adds up from `zeroAt` on and backwards before it, so that a value does not change when older bars come.
 * `anchored` starts at zero in each anchor period, as the strategy does (its closes; a bar's high and low within its
 * minutes are not known here). The bars before the first boundary are unknown: their period began before them.
 */

import { indexAt } from './bars.js';

/** @typedef {'running' | 'anchored'} CvdMode */

/** The strategy's anchor period by default, ms. */
export const ANCHOR = 15 * 60_000;

/**
 * @param {ArrayLike<number>} times opens in ms
 * @param {number[]} deltas
 * @param {number} zeroAt ms; the bar that contains it ends at its own delta
 * @returns {number[]}
 */
export function runningCvd(times, deltas, zeroAt) {
  let sum = 0;
  const sums = deltas.map((delta) => {
    sum += delta;
    return sum;
  });
  const zero = indexAt(times, zeroAt);
  const base = zero < 1 ? 0 : sums[zero - 1];
  return sums.map((value) => value - base);
}

/**
 * @param {ArrayLike<number>} times opens in ms
 * @param {number[]} deltas
 * @param {number} anchor ms; a timeframe above it is the anchor itself
 * @param {boolean} fromTheStart whether the first bar is the first of the whole history
 * @returns {(number | null)[]} null where the anchor period began before the first bar
 */
export function anchoredCvd(times, deltas, anchor, fromTheStart) {
  let known = fromTheStart;
  let sum = 0;
  return deltas.map((delta, index) => {
    const period = Math.floor(times[index] / anchor);
    const begins = index === 0 ? times[0] % anchor === 0 : period !== Math.floor(times[index - 1] / anchor);
    if (begins) {
      known = true;
      sum = 0;
    }
    sum += delta;
    return known ? sum : null;
  });
}
