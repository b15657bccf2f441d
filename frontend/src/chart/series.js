/**
 * The candles, and the hidden grid that leaves a slot empty for each missing bar; and how a series of any pane looks.
 */

import { CandlestickSeries, LineSeries } from 'lightweight-charts';
import * as format from '../format.js';
import { toSeconds } from './feed.js';

/** @typedef {import('./feed.js').ChartData} ChartData */
/** @typedef {import('./theme.js').Theme} Theme */

/** The scale of a pane of sizes in the base coin. */
export const sizes = { type: /** @type {const} */ ('custom'), minMove: 0.001, formatter: format.formatSize };
export const quiet = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };

/**
 * The scale of prices of so many decimals.
 * @param {number} decimals
 */
const priceFormat = (decimals) => ({
  type: /** @type {const} */ ('custom'),
  minMove: 10 ** -decimals,
  formatter: format.formatPrice,
});

/** @param {Theme} theme */
export const candleColours = ({ up, down }) => ({ upColor: up, wickUpColor: up, downColor: down, wickDownColor: down });

/**
 * @param {import('lightweight-charts').IChartApi} chart
 * @param {() => Theme} theme
 */
export function addCandles(chart, theme) {
  const candles = chart.addSeries(CandlestickSeries, {
    ...candleColours(theme()),
    borderVisible: false,
    priceFormat: priceFormat(1),
  });
  let decimals = 1;
  const grid = chart.addSeries(LineSeries, { ...quiet, visible: false });
  chart.priceScale('right', 0).applyOptions({ scaleMargins: { top: 0.12, bottom: 0.06 } });
  /** Whether the grid holds points: it does only while bars are missing. */
  let holes = false;

  return {
    candles,
    grid,
    /**
     * Draw the bars from an index on, no slot before it having moved; all of them from 0.
     * @param {ChartData} data
     * @param {number} first
     */
    draw(data, first) {
      if (first > 0) {
        for (let index = first; index < data.values.length; index += 1) {
          if (holes) grid.update({ time: toSeconds(data.times[index]) });
          candles.update(data.candles[index]);
        }
        return;
      }
      const close = data.candles.findLast((bar) => 'close' in bar)?.close;
      const wanted = close === undefined ? decimals : format.priceDecimals(close);
      if (wanted !== decimals) candles.applyOptions({ priceFormat: priceFormat(wanted) });
      decimals = wanted;
      const missing = data.slots.length > data.times.length;
      if (missing || holes) grid.setData(missing ? data.slots.map((slot) => ({ time: toSeconds(slot) })) : []);
      holes = missing;
      candles.setData(data.candles);
    },
    restyle: () => candles.applyOptions(candleColours(theme())),
  };
}

/**
 * Draw points of a series from an index on; all of them from 0.
 * @template {import('lightweight-charts').SeriesType} T
 * @param {import('lightweight-charts').ISeriesApi<T>} series
 * @param {Parameters<typeof series.setData>[0]} points
 * @param {number} first
 */
export function drawFrom(series, points, first) {
  if (first === 0) series.setData(points);
  else for (let index = first; index < points.length; index += 1) series.update(points[index]);
}
