/**
 * The chart: candles, volume and CVD in three panes over one time axis.
 *
 * It draws what the state holds, tells the state where it looks and what the mouse points at, and asks for more bars
 * when an edge comes near.
 */

import {
  BaselineSeries,
  CandlestickSeries,
  CrosshairMode,
  createChart,
  HistogramSeries,
  LineSeries,
  TickMarkType,
} from 'lightweight-charts';
import { indexAt } from './bars.js';
import { holeAfter, toChartData, toSeconds } from './feed.js';
import * as format from './format.js';
import { readTheme } from './theme.js';
import { SPANS } from './timeframes.js';

/** @typedef {import('./state.js').State} State */
/** @typedef {import('./state.js').Held} Held */
/** @typedef {import('./feed.js').ChartData} ChartData */

/** Empty bars to the right of the newest. */
const MARGIN = 6;
/** Ask for more when so few bars are left beyond the edge of the view. */
const NEAR = 300;
/** Relative heights of the price, volume and CVD panes. */
const HEIGHTS = [6, 1.6, 2];

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('./loader.js').Loader} loader
 */
export function mountChart(element, state, loader) {
  const theme = readTheme(element);
  const chart = createChart(element, options(theme));
  const series = addSeries(chart, theme);
  chart.panes().forEach((pane, index) => {
    pane.setStretchFactor(HEIGHTS[index]);
  });

  /** @type {ChartData} */
  let data = toChartData(state.held.get().bars, { span: 1, cvd: 'running', zeroAt: 0, fromTheStart: true });
  let span = SPANS[state.held.get().timeframe];
  /** @type {Held | null} */
  let drawn = null;
  let look = 0;

  function draw() {
    const held = state.held.get();
    const before = data;
    span = SPANS[held.timeframe];
    data = toChartData(held.bars, { span, cvd: state.cvd.get(), zeroAt: held.zeroAt, fromTheStart: held.complete });
    const keep = drawn !== null && (held === drawn || held.place.at === 'same');
    const offset = keep && state.view.get().following ? chart.timeScale().scrollPosition() : null;
    if (drawn && keep && held !== drawn && onlyTheEndChanged(before, data, drawn, held)) {
      updateEnd(before.values.length - 1);
    } else {
      const range = keep && offset === null ? chart.timeScale().getVisibleLogicalRange() : null;
      const shift = before.slots.length ? shiftOf(before.slots, data.slots) : 0;
      setAll();
      // The library counts the view from the right end: prepending keeps it by itself, also in the middle of a drag;
      // a change at the right end would move it.
      if (range && shift !== data.slots.length - before.slots.length)
        chart.timeScale().setVisibleLogicalRange({ from: range.from + shift, to: range.to + shift });
    }
    if (offset !== null) chart.timeScale().scrollToPosition(offset, false);
    if (held !== drawn) place(held);
    drawn = held;
    state.newest.set(data.values.at(-1) ?? null);
    cancelAnimationFrame(look);
    look = requestAnimationFrame(looked); // the library moves the view when it paints
  }

  function setAll() {
    series.grid.setData(data.slots.map((slot) => ({ time: toSeconds(slot) })));
    series.candles.setData(data.candles);
    series.volume.setData(data.volume);
    series.buys.setData(data.buys);
    series.delta.setData(data.delta);
    series.cvd.applyOptions(cvdColours(theme, state.cvd.get()));
    series.cvd.setData(data.cvd.map(baselinePoint));
  }

  /** @param {number} first index of the first bar that may differ */
  function updateEnd(first) {
    for (let index = first; index < data.values.length; index += 1) {
      series.grid.update({ time: toSeconds(data.values[index].timestamp) });
      series.candles.update(data.candles[index]);
      series.volume.update(data.volume[index]);
      series.buys.update(data.buys[index]);
      series.delta.update(data.delta[index]);
      series.cvd.update(baselinePoint(data.cvd[index]));
    }
  }

  /** @param {Held} held */
  function place(held) {
    const scale = chart.timeScale();
    if (held.place.at === 'newest') scale.scrollToPosition(MARGIN, false);
    if (held.place.at === 'instant') {
      const range = scale.getVisibleLogicalRange();
      const half = range ? (range.to - range.from) / 2 : 100;
      const index = slotAt(held.place.instant);
      scale.setVisibleLogicalRange({ from: index - half, to: index + half });
    }
  }

  /**
   * Index of the slot that contains an instant, with its fraction.
   * @param {number} instant
   */
  function slotAt(instant) {
    const index = Math.max(0, indexAt(data.slots, instant));
    return index + Math.min(1, Math.max(0, (instant - (data.slots[index] ?? instant)) / span));
  }

  /** Tell the state where the chart looks, and ask for more bars when an edge is near. */
  function looked() {
    const range = chart.timeScale().getVisibleLogicalRange();
    if (!range || data.slots.length === 0) return;
    const last = data.slots.length - 1;
    const centre = (range.from + range.to) / 2;
    const inside = Math.min(last, Math.max(0, Math.floor(centre)));
    const following = state.held.get().live && range.to >= last;
    const view = state.view.get();
    const instant = data.slots[inside] + (centre - inside) * span;
    if (view.following !== following || view.centre !== instant) state.view.set({ following, centre: instant });
    if (range.from < NEAR) loader.older();
    if (!state.held.get().live && range.to > last - NEAR) loader.newer();
  }

  /** @param {import('lightweight-charts').MouseEventParams} event */
  function point(event) {
    if (event.time === undefined || event.point === undefined) {
      state.pointed.set({ values: null, hole: null });
      return;
    }
    const instant = Number(event.time) * 1000;
    const index = indexAt(data.times, instant);
    const values = data.values[index];
    state.pointed.set(
      values?.timestamp === instant
        ? { values, hole: null }
        : { values: null, hole: holeAfter(data.values, index, span) },
    );
  }

  chart.timeScale().subscribeVisibleLogicalRangeChange(looked);
  chart.subscribeCrosshairMove(point);
  const stop = [state.held.listen(draw), state.cvd.listen(draw)];
  draw();

  return {
    /**
     * Move by a part of the view's width; positive is forwards.
     * @param {number} part
     */
    pan(part) {
      const range = chart.timeScale().getVisibleLogicalRange();
      if (!range) return;
      const by = (range.to - range.from) * part;
      chart.timeScale().setVisibleLogicalRange({ from: range.from + by, to: range.to + by });
    },
    /**
     * Show this many times the bars, the right edge staying.
     * @param {number} factor
     */
    zoom(factor) {
      const range = chart.timeScale().getVisibleLogicalRange();
      if (!range) return;
      chart.timeScale().setVisibleLogicalRange({ from: range.to - (range.to - range.from) * factor, to: range.to });
    },
    /** Look at the first bar held. */
    toStart() {
      const range = chart.timeScale().getVisibleLogicalRange();
      if (range) chart.timeScale().setVisibleLogicalRange({ from: 0, to: range.to - range.from });
    },
    /** Look at the newest bar. */
    toNewest() {
      if (state.held.get().live) chart.timeScale().scrollToPosition(MARGIN, false);
      else loader.open(null);
    },
    /** The pane's own element, for a legend; null before the first layout. @param {number} index */
    pane: (index) => /** @type {HTMLElement | null} */ (chart.panes()[index].getHTMLElement()?.children[1] ?? null),
    dispose() {
      for (const end of stop) end();
      cancelAnimationFrame(look);
      chart.remove();
    },
    handles: { chart, series, data: () => data },
  };
}

/** @typedef {ReturnType<typeof mountChart>} Chart */

/**
 * Whether drawing the bars from the old last one on is enough: no slot before it moved, and nothing in between is
 * missing.
 * @param {ChartData} before
 * @param {ChartData} after
 * @param {Held} from
 * @param {Held} to
 */
function onlyTheEndChanged(before, after, from, to) {
  const last = before.values.length - 1;
  return (
    last >= 0 &&
    from.timeframe === to.timeframe &&
    from.complete === to.complete &&
    from.zeroAt === to.zeroAt &&
    after.values.length > last &&
    after.values[0].timestamp === before.values[0].timestamp &&
    after.values[last].timestamp === before.values[last].timestamp &&
    after.slots.length - before.slots.length === after.values.length - before.values.length
  );
}

/**
 * By how much the slots' indices moved.
 * @param {number[]} before
 * @param {number[]} after
 */
function shiftOf(before, after) {
  const index = indexAt(after, before[0]);
  return index >= 0 ? index : -Math.max(0, indexAt(before, after[0]));
}

/**
 * @param {ChartData['cvd'][number]} point
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
 * Coloured by sign where zero means something; a running sum has its zero anywhere.
 * @param {import('./theme.js').Theme} theme
 * @param {import('./cvd.js').CvdMode} mode
 */
function cvdColours(theme, mode) {
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

/**
 * @param {import('lightweight-charts').IChartApi} chart
 * @param {import('./theme.js').Theme} theme
 */
function addSeries(chart, theme) {
  const quiet = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };
  const sizes = { type: /** @type {const} */ ('custom'), minMove: 0.001, formatter: format.formatSize };
  const candles = chart.addSeries(CandlestickSeries, {
    upColor: theme.up,
    wickUpColor: theme.up,
    downColor: theme.down,
    wickDownColor: theme.down,
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
  const cvd = chart.addSeries(
    BaselineSeries,
    {
      baseValue: { type: 'price', price: 0 },
      lineWidth: 2,
      priceFormat: sizes,
      priceLineVisible: false,
    },
    2,
  );
  chart.priceScale('right', 0).applyOptions({ scaleMargins: { top: 0.12, bottom: 0.06 } });
  chart.priceScale('right', 1).applyOptions({ scaleMargins: { top: 0.2, bottom: 0 } });
  chart.priceScale('delta', 1).applyOptions({ scaleMargins: { top: 0.3, bottom: 0.1 } });
  chart.priceScale('right', 2).applyOptions({ scaleMargins: { top: 0.2, bottom: 0.1 } });
  return { grid, candles, volume, buys, delta, cvd };
}

/**
 * @param {import('./theme.js').Theme} theme
 * @returns {import('lightweight-charts').DeepPartial<import('lightweight-charts').ChartOptions>}
 */
function options(theme) {
  const crosshair = { color: theme.crosshair, labelBackgroundColor: theme.label };
  return {
    autoSize: true,
    layout: {
      background: { color: theme.background },
      textColor: theme.text,
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      attributionLogo: true,
      panes: { separatorColor: theme.line, separatorHoverColor: theme.label },
    },
    grid: { vertLines: { color: theme.grid }, horzLines: { color: theme.grid } },
    crosshair: { mode: CrosshairMode.Normal, vertLine: crosshair, horzLine: crosshair },
    rightPriceScale: { borderColor: theme.line },
    timeScale: {
      borderColor: theme.line,
      timeVisible: true,
      rightOffset: MARGIN,
      minBarSpacing: 0.5,
      tickMarkFormatter: tick,
    },
    localization: { timeFormatter: crosshairTime },
  };
}

/** @param {import('lightweight-charts').Time} time */
const crosshairTime = (time) => `${format.formatInstant(Number(time) * 1000)} UTC`;

/**
 * @param {import('lightweight-charts').Time} time
 * @param {import('lightweight-charts').TickMarkType} type
 */
function tick(time, type) {
  const ms = Number(time) * 1000;
  if (type === TickMarkType.Year) return format.formatYear(ms);
  if (type === TickMarkType.Month) return format.formatMonth(ms);
  if (type === TickMarkType.DayOfMonth) return format.formatDay(ms);
  return format.formatTime(ms);
}
