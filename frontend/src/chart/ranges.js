/**
 * Which timeframe shows a stretch of time well: enough bars to see a shape, few enough to tell them apart.
 */

import { SPANS, TIMEFRAMES } from '../state/timeframes.js';

/** @typedef {import('../state/timeframes.js').Timeframe} Timeframe */

/** Bars seen at once, at least and at most. */
const FEWEST = 40;
const MOST = 750;

/**
 * The shown timeframe if it fits, else the finest that does, else the longest.
 * @param {number} ms
 * @param {Timeframe} shown
 * @returns {Timeframe}
 */
export function timeframeFor(ms, shown) {
  const bars = ms / SPANS[shown];
  if (bars >= FEWEST && bars <= MOST) return shown;
  return TIMEFRAMES.find((timeframe) => ms / SPANS[timeframe] <= MOST) ?? '1d';
}
