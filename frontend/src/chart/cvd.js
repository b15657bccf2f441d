/**
 * Cumulative volume delta of the bars the page holds.
 *
 * `anchored` is the strategy's, which starts at zero in each anchor period: the server tells it, for it knows the
 * anchor, the source of the deltas and the minutes. `running` adds up what each bar did to it, from `zeroAt` on and
 * backwards before it. Of a single exchange the server tells none: its line is anchored here, from its own bars.
 */

import { indexAt } from '../state/bars.js';

/** @typedef {'running' | 'anchored'} CvdMode */

/**
 * What a bar does to the CVD, in BTC: where it leaves it, and the highest and lowest it took it, from where it began;
 * `close` is the strategy's CVD at its end, null where the server did not tell it.
 * @typedef {{ delta: number, up: number, down: number, close: number | null }} Flow
 */

/**
 * The server's CVD through each bar.
 * @typedef {{ timestamp: number[], open: number[], high: number[], low: number[], close: number[] }} Told
 */

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
 * @returns {(number | null)[]} null where the anchor period began before the first bar
 */
export function anchoredCvd(times, deltas, anchor) {
  let known = false;
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

/**
 * What each bar does to the CVD: as the server says where it does, else by its delta alone.
 * @param {ArrayLike<number>} times opens of the bars, ms
 * @param {number[]} deltas
 * @param {Told | null} told
 * @returns {Flow[]}
 */
export function flows(times, deltas, told) {
  let row = told?.timestamp.length ? indexAt(told.timestamp, times[0] - 1) + 1 : 0;
  return deltas.map((delta, index) => {
    while (told && row < told.timestamp.length && told.timestamp[row] < times[index]) row += 1;
    if (!told || told.timestamp[row] !== times[index])
      return { delta, up: Math.max(0, delta), down: Math.min(0, delta), close: null };
    const open = told.open[row];
    const close = told.close[row];
    return { delta: close - open, up: told.high[row] - open, down: told.low[row] - open, close };
  });
}

/**
 * What the server tells, the bar that is not over included.
 * @param {{ cvd: Told, forming: { timestamp: number, open: number, high: number, low: number, close: number } | null }} answer
 * @returns {Told}
 */
export function withForming({ cvd, forming }) {
  if (!forming) return cvd;
  return {
    timestamp: [...cvd.timestamp, forming.timestamp],
    open: [...cvd.open, forming.open],
    high: [...cvd.high, forming.high],
    low: [...cvd.low, forming.low],
    close: [...cvd.close, forming.close],
  };
}

/**
 * `15m` in ms.
 * @param {unknown} text
 * @returns {number | null}
 */
export function lengthOf(text) {
  const [, count, unit] = /^([1-9]\d*)([mhd])$/.exec(String(text)) ?? [];
  return count ? Number(count) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[/** @type {'m'} */ (unit)] : null;
}
