/**
 * The pane of the CVD: as a line, dashed where a bar lacks something, or as candles, hollow there.
 */

import { BaselineSeries, CandlestickSeries, LineStyle } from 'lightweight-charts';
import { CVD } from '../panes.js';
import { candleColours, quiet, sizes } from '../series.js';

/** @typedef {import('../theme.js').Theme} Theme */

/**
 * @param {import('../layers.js').Ground} chart
 * @param {import('../../state/state.js').State} state
 */
export function mount({ api, theme, cvd: reading }, state) {
  const base = { baseValue: { type: /** @type {const} */ ('price'), price: 0 }, lineWidth: /** @type {const} */ (2) };
  const cvd = api.addSeries(BaselineSeries, { ...base, priceFormat: sizes, priceLineVisible: false }, CVD);
  const dashed = api.addSeries(
    BaselineSeries,
    { ...base, ...quiet, lineStyle: LineStyle.Dashed, priceFormat: sizes },
    CVD,
  );
  const cvdCandles = api.addSeries(CandlestickSeries, { ...quiet, lastValueVisible: true, priceFormat: sizes }, CVD);
  api.priceScale('right', CVD).applyOptions({ scaleMargins: { top: 0.2, bottom: 0.1 } });

  function draw() {
    const data = reading.now.get();
    const asLine = state.cvdForm.get() === 'line';
    setKnown(cvd, asLine ? data.line().map(baselinePoint) : []);
    setKnown(dashed, asLine ? data.dashed().map(baselinePoint) : []);
    setKnown(cvdCandles, asLine ? [] : data.candles().map((bar) => cvdCandle(bar, theme())));
  }

  function restyle() {
    const colours = lineColours(theme(), state.cvd.get());
    cvd.applyOptions(colours);
    dashed.applyOptions(colours);
    const { up, down } = theme();
    cvdCandles.applyOptions({ ...candleColours(theme()), borderUpColor: up, borderDownColor: down });
  }

  restyle();
  const stop = [reading.now.listen(draw), state.cvd.listen(restyle)];
  return {
    series: { cvd, dashed, cvdCandles },
    restyle,
    dispose() {
      for (const end of stop) end();
    },
  };
}

/**
 * Draw the points that are known: those that are not need no place, for each bar has one by its candle.
 * @template {'Baseline' | 'Candlestick'} T
 * @param {import('lightweight-charts').ISeriesApi<T>} series
 * @param {Parameters<typeof series.setData>[0]} points
 */
function setKnown(series, points) {
  const known = points.filter((point) => 'value' in point || 'close' in point);
  if (known.length > 0 || series.data().length > 0) series.setData(known);
}

/**
 * @param {import('../feed.js').Point} point
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
 * @param {ReturnType<import('../feed.js').CvdData['candles']>[number]} bar
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
 * @param {import('../cvd.js').CvdMode} mode
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
