/**
 * From bars to what the chart library draws: the one place that turns ms into seconds, and missing bars into holes.
 *
 * The library puts its points side by side whatever their times are. So, where bars are missing, a hidden grid series
 * has a point for every slot of the timeframe: a missing bar leaves its slot empty. Lines would be drawn straight
 * across, so the last point before a hole is transparent. A hole longer than MAX_HOLE slots is drawn that long.
 */

import { drawable } from '../state/bars.js';
import { flows, runningCvd } from './cvd.js';

/** @typedef {import('lightweight-charts').UTCTimestamp} UTCTimestamp */
/** @typedef {import('../state/bars.js').Bars} Bars */

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
 * @typedef {object} CvdView
 * @property {import('./cvd.js').CvdMode} mode
 * @property {number} zeroAt where the running CVD is zero, ms
 * @property {import('./cvd.js').Told | null} told the strategy's CVD through each bar, of this timeframe
 */

/** @typedef {{ time: UTCTimestamp, value?: number, color?: string }} Point */

/** @param {number} ms */
export const toSeconds = (ms) => /** @type {UTCTimestamp} */ (ms / 1000);

/**
 * Whether a bar is known to lack a venue or a minute.
 * @param {{ sources: number | null, configured: number | null }} bar
 */
export const lacks = ({ sources, configured }) => sources !== null && configured !== null && sources < configured;

/**
 * @param {Bars} raw
 * @param {number} span length of a bar, ms
 */
export function toChartData(raw, span) {
  const bars = drawable(raw);
  const { timestamp: times } = bars;
  const deltas = times.map((_, row) => bars.vBuy[row] - bars.vSell[row]);
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
    cvd: null,
    sources: bars.sources[row],
    configured: bars.configured[row],
  }));
  return {
    times,
    values,
    deltas,
    span,
    slots: slots(times, span),
    candles: values.map(({ timestamp, open, high, low, close }) => ({
      time: toSeconds(timestamp),
      open,
      high,
      low,
      close,
    })),
    volume: values.map(({ timestamp, buy, sell }) => ({ time: toSeconds(timestamp), value: buy + sell })),
    buys: values.map(({ timestamp, buy }) => ({ time: toSeconds(timestamp), value: buy })),
    delta: line(times, deltas, span),
  };
}

/** @typedef {ReturnType<typeof toChartData>} ChartData */

/**
 * A line that breaks before each hole.
 * @param {number[]} times
 * @param {(number | null)[]} values
 * @param {number} span
 * @param {(row: number) => boolean} [breaks] also not drawn from this point to the next
 * @returns {Point[]}
 */
export const line = (times, values, span, breaks = () => false) =>
  values.map((value, row) => {
    const time = toSeconds(times[row]);
    if (value === null) return { time };
    const hole = row + 1 < times.length && times[row + 1] - times[row] > span;
    return hole || breaks(row) ? { time, value, color: 'transparent' } : { time, value };
  });

/**
 * The CVD of the bars, null where it is not known: as a line, the part of it that leads to a bar which lacks something (to be dashed), and as
 * candles.
 * @param {ChartData} data
 * @param {CvdView} view
 */
export function toCvd({ times, values, deltas, span }, { mode, zeroAt, told }) {
  const each = flows(times, deltas, told);
  const closes =
    mode === 'running'
      ? runningCvd(
          times,
          each.map(({ delta }) => delta),
          zeroAt,
        )
      : each.map(({ close }) => close);
  const flawed = values.map(lacks);
  return {
    closes,
    line: () => line(times, closes, span, (row) => flawed[row + 1] === true),
    dashed: () =>
      line(
        times,
        closes.map((value, row) => (flawed[row] || flawed[row + 1] ? value : null)),
        span,
        (row) => !flawed[row + 1],
      ),
    candles: () =>
      closes.map((close, row) => {
        const time = toSeconds(times[row]);
        if (close === null) return { time };
        const open = close - each[row].delta;
        return { time, open, high: open + each[row].up, low: open + each[row].down, close, flawed: flawed[row] };
      }),
  };
}

/** @typedef {ReturnType<typeof toCvd>} CvdData */

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
