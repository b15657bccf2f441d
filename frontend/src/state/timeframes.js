/**
 * The timeframes of the API, in the order of the keys 1 to 8.
 */

export const MINUTE = 60_000;

/** Timeframe -> length of a bar in ms. */
export const SPANS = /** @type {const} */ ({
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': 60 * MINUTE,
  '4h': 240 * MINUTE,
  '1d': 1440 * MINUTE,
});

/** @typedef {keyof typeof SPANS} Timeframe */

export const TIMEFRAMES = /** @type {Timeframe[]} */ (Object.keys(SPANS));

/**
 * @param {unknown} value
 * @returns {value is Timeframe}
 */
export const isTimeframe = (value) => typeof value === 'string' && Object.hasOwn(SPANS, value);
