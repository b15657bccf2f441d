/**
 * From bars to what the chart library draws: the one place that turns ms into seconds, and missing bars into holes.
 *
 * The library puts its points side by side whatever their times are. So a hidden grid series has a point for every
 * slot of the timeframe: a missing bar leaves its slot empty. Lines would be drawn straight across, so the last point
 * before a hole is transparent. A hole longer than MAX_HOLE slots is drawn that long.
 */

import { drawable } from './bars.js';
import { ANCHOR, anchoredCvd, runningCvd } from './cvd.js';

/** @typedef {import('lightweight-charts').UTCTimestamp} UTCTimestamp */
/** @typedef {import('./bars.js').Bars} Bars */

/** Empty slots drawn for one hole at most: a day of minutes. */
export const MAX_HOLE = 1440;

/**
 * What the legend says of a bar.
 * @typedef {object} Values
 * @property {number} timestamp ms
 * @property {number} open
 * @property {number} high
 * @property {number} low
 * @property {number} close
 * @property {number} buy BTC
 * @property {number} sell BTC
 * @property {number} delta BTC
 * @property {number | null} cvd BTC
 * @property {number | null} sources
 * @property {number | null} configured
 */

/**
 * @typedef {object} Colours
 * @property {string} buy
 * @property {string} sell
 */

/**
 * @typedef {object} View
 * @property {number} span length of a bar, ms
 * @property {import('./cvd.js').CvdMode} cvd
 * @property {number} zeroAt where the running CVD is zero, ms
 * @property {boolean} fromTheStart the first bar is the first of the whole history
 */

/** @param {number} ms */
export const toSeconds = (ms) => /** @type {UTCTimestamp} */ (ms / 1000);

/**
 * @param {Bars} raw
 * @param {View} view
 */
export function toChartData(raw, view) {
  const bars = drawable(raw);
  const { timestamp: times } = bars;
  const deltas = times.map((_, row) => bars.vBuy[row] - bars.vSell[row]);
  const cvd =
    view.cvd === 'running'
      ? runningCvd(times, deltas, view.zeroAt)
      : anchoredCvd(times, deltas, Math.max(ANCHOR, view.span), view.fromTheStart);

  /** @type {Values[]} */
  const values = times.map((timestamp, row) => ({
    timestamp,
    open: bars.open[row],
    high: bars.high[row],
    low: bars.low[row],
    close: bars.close[row],
    buy: bars.vBuy[row],
    sell: bars.vSell[row],
    delta: deltas[row],
    cvd: cvd[row],
    sources: bars.sources[row],
    configured: bars.configured[row],
  }));
  /** @param {number} row */
  const beforeHole = (row) => row + 1 < times.length && times[row + 1] - times[row] > view.span;
  /**
   * @param {number} row
   * @param {number | null} value
   * @returns {{ time: UTCTimestamp, value?: number, color?: string }}
   */
  const point = (row, value) => {
    if (value === null) return { time: toSeconds(times[row]) };
    return { time: toSeconds(times[row]), value, ...(beforeHole(row) ? { color: 'transparent' } : {}) };
  };

  return {
    times,
    values,
    slots: slots(times, view.span),
    candles: values.map(({ timestamp, open, high, low, close }) => ({
      time: toSeconds(timestamp),
      open,
      high,
      low,
      close,
    })),
    volume: values.map(({ timestamp, buy, sell }) => ({ time: toSeconds(timestamp), value: buy + sell })),
    buys: values.map(({ timestamp, buy }) => ({ time: toSeconds(timestamp), value: buy })),
    delta: deltas.map((delta, row) => point(row, delta)),
    cvd: cvd.map((value, row) => point(row, value)),
  };
}

/** @typedef {ReturnType<typeof toChartData>} ChartData */

/**
 * Every slot from the first bar to the last, in ms.
 * @param {number[]} times
 * @param {number} span
 */
export function slots(times, span) {
  /** @type {number[]} */
  const all = [];
  times.forEach((time, row) => {
    if (row > 0) {
      const before = times[row - 1];
      const missing = Math.min((time - before) / span - 1, MAX_HOLE);
      for (let slot = 1; slot <= missing; slot += 1) all.push(before + slot * span);
    }
    all.push(time);
  });
  return all;
}

/**
 * The hole an empty slot lies in.
 * @param {Values[]} values
 * @param {number} index of the bar before it
 * @param {number} span
 * @returns {{ from: number, to: number } | null} ms, half-open
 */
export function holeAfter(values, index, span) {
  if (index < 0 || index + 1 >= values.length) return null;
  return { from: values[index].timestamp + span, to: values[index + 1].timestamp };
}
