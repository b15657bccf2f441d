/**
 * The series of the three panes and how they look: candles; buys with sells stacked on them and the delta as a thin
 * line; the CVD as a line, dashed where a bar lacks something, or as candles.
 */

import { BaselineSeries, CandlestickSeries, HistogramSeries, LineSeries, LineStyle } from 'lightweight-charts';
import * as format from '../format.js';
import { toSeconds } from './feed.js';

/** @typedef {import('./feed.js').ChartData} ChartData */
/** @typedef {import('./feed.js').CvdData} CvdData */
/** @typedef {import('./theme.js').Theme} Theme */
/** @typedef {{ mode: import('./cvd.js').CvdMode, form: import('../state/state.js').CvdForm }} CvdLook */

/** The scale of a pane that everything of the CVD shares. */
const sizes = { type: /** @type {const} */ ('custom'), minMove: 0.001, formatter: format.formatSize };
export const quiet = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };

/**
 * @param {import('lightweight-charts').IChartApi} chart
 * @param {Theme} first
 */
export function addSeries(chart, first) {
  let theme = first;
  const candles = chart.addSeries(CandlestickSeries, {
    ...candleColours(theme),
    borderVisible: false,
    priceFormat: { type: 'custom', minMove: 0.1, formatter: format.formatPrice },
  });
  const grid = chart.addSeries(LineSeries, { ...quiet, visible: false });
  const volume = chart.addSeries(HistogramSeries, { ...quiet, color: theme.sells, priceFormat: sizes }, 1);
  const buys = chart.addSeries(HistogramSeries, { ...quiet, color: theme.buys, priceFormat: sizes }, 1);
  const delta = chart.addSeries(
    LineSeries,
    { ...quiet, color: theme.delta, lineWidth: 1, priceScaleId: 'delta', priceFormat: sizes },
    1,
  );
  const base = { baseValue: { type: /** @type {const} */ ('price'), price: 0 }, lineWidth: /** @type {const} */ (2) };
  const cvd = chart.addSeries(BaselineSeries, { ...base, priceFormat: sizes, priceLineVisible: false }, 2);
  const dashed = chart.addSeries(
    BaselineSeries,
    { ...base, ...quiet, lineStyle: LineStyle.Dashed, priceFormat: sizes },
    2,
  );
  const cvdCandles = chart.addSeries(CandlestickSeries, { ...quiet, lastValueVisible: true, priceFormat: sizes }, 2);
  chart.priceScale('right', 0).applyOptions({ scaleMargins: { top: 0.12, bottom: 0.06 } });
  chart.priceScale('right', 1).applyOptions({ scaleMargins: { top: 0.2, bottom: 0 } });
  chart.priceScale('delta', 1).applyOptions({ scaleMargins: { top: 0.3, bottom: 0.1 } });
  chart.priceScale('right', 2).applyOptions({ scaleMargins: { top: 0.2, bottom: 0.1 } });
  const series = { grid, candles, volume, buys, delta, cvd, dashed, cvdCandles };
  /** Whether the grid holds points: it does only while bars are missing. */
  let holes = false;

  /** @param {CvdLook} look */
  function colour({ mode }) {
    candles.applyOptions(candleColours(theme));
    volume.applyOptions({ color: theme.sells });
    buys.applyOptions({ color: theme.buys });
    delta.applyOptions({ color: theme.delta });
    cvd.applyOptions(lineColours(theme, mode));
    dashed.applyOptions(lineColours(theme, mode));
    const { up, down } = theme;
    cvdCandles.applyOptions({ ...candleColours(theme), borderUpColor: up, borderDownColor: down });
  }

  return {
    series,
    /**
     * Draw all bars anew.
     * @param {ChartData} data
     */
    setBars(data) {
      const missing = data.slots.length > data.times.length;
      if (missing || holes) grid.setData(missing ? data.slots.map((slot) => ({ time: toSeconds(slot) })) : []);
      holes = missing;
      candles.setData(data.candles);
      volume.setData(data.volume);
      buys.setData(data.buys);
      delta.setData(data.delta);
    },
    /**
     * @param {CvdData} data
     * @param {CvdLook} look
     */
    setCvd(data, look) {
      const asLine = look.form === 'line';
      cvd.setData(asLine ? data.line().map(baselinePoint) : []);
      dashed.setData(asLine ? data.dashed().map(baselinePoint) : []);
      cvdCandles.setData(asLine ? [] : data.candles().map((bar) => cvdCandle(bar, theme)));
    },
    /**
     * Draw the bars from an index on, no slot before it having moved.
     * @param {number} first
     * @param {ChartData} data
     */
    updateBars(first, data) {
      for (let index = first; index < data.values.length; index += 1) {
        if (holes) grid.update({ time: toSeconds(data.times[index]) });
        candles.update(data.candles[index]);
        volume.update(data.volume[index]);
        buys.update(data.buys[index]);
        delta.update(data.delta[index]);
      }
    },
    colour,
    /** @param {Theme} now */
    setTheme(now) {
      theme = now;
    },
  };
}

/** @typedef {ReturnType<typeof addSeries>['series']} Series */

/**
 * @param {import('./feed.js').Point} point
 * @returns {import('lightweight-charts').BaselineData | import('lightweight-charts').WhitespaceData}
 */
function baselinePoint({ time, value, color }) {
  if (value === undefined) return { time };
  if (color === undefined) return { time, value };
  return {
    time,
    value,
    topLineColor: color,
    bottomLineColor: color,
    topFillColor1: color,
    topFillColor2: color,
    bottomFillColor1: color,
    bottomFillColor2: color,
  };
}

/**
 * A bar of the CVD; hollow where it lacks something.
 * @param {ReturnType<CvdData['candles']>[number]} bar
 * @param {Theme} theme
 * @returns {import('lightweight-charts').CandlestickData | import('lightweight-charts').WhitespaceData}
 */
function cvdCandle(bar, theme) {
  if (bar.close === undefined) return { time: bar.time };
  const { time, open, high, low, close, flawed } = bar;
  return { time, open, high, low, close, ...(flawed ? { color: theme.background } : {}) };
}

/**
 * Coloured by sign where zero means something; a running sum has its zero anywhere.
 * @param {Theme} theme
 * @param {import('./cvd.js').CvdMode} mode
 */
function lineColours(theme, mode) {
  const running = mode === 'running';
  return {
    topLineColor: running ? theme.accent : theme.up,
    bottomLineColor: running ? theme.accent : theme.down,
    topFillColor1: running ? 'transparent' : theme.upFaint,
    topFillColor2: running ? 'transparent' : theme.upFaint,
    bottomFillColor1: running ? 'transparent' : theme.downFaint,
    bottomFillColor2: running ? 'transparent' : theme.downFaint,
  };
}

/** @param {Theme} theme */
const candleColours = ({ up, down }) => ({ upColor: up, wickUpColor: up, downColor: down, wickDownColor: down });
