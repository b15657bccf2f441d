/**
 * The chart: candles, volume and CVD in three panes over one time axis, and what lies over them.
 *
 * It draws what the state holds, tells the state where it looks and what the mouse points at, and asks for more bars
 * when an edge comes near.
 */

import './chart.css';
import { createChart, PriceScaleMode } from 'lightweight-charts';
import { atom } from 'nanostores';
import { indexAt } from '../state/bars.js';
import { SPANS } from '../state/timeframes.js';
import { ANCHOR, lengthOf } from './cvd.js';
import { toChartData, toCvd } from './feed.js';
import { createHand } from './hand.js';
import { createHover } from './hover.js';
import { createVenueLines } from './layers/venuelines.js';
import { addLayers } from './layers.js';
import { MARGIN, options } from './options.js';
import { createOverlayData } from './overlaydata.js';
import { drawPicture } from './picture.js';
import { addSeries } from './series.js';
import { readTheme } from './theme.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Held} Held */
/** @typedef {import('./feed.js').ChartData} ChartData */

/** Ask for more when so few bars are left beyond the edge of the view. */
const NEAR = 300;
/** Relative heights of the price, volume and CVD panes. */
const HEIGHTS = [6, 1.6, 2];
/** How long the view stands still before the running CVD begins at its left edge, ms. */
const SETTLED = 250;

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../server/loader.js').Loader} loader
 */
export function mountChart(element, state, loader) {
  let theme = readTheme(element);
  /** @type {ChartData} */
  let data = toChartData(state.held.get().bars, SPANS[state.held.get().timeframe]);
  /** What is seen, ms. */
  const seen = atom(/** @type {{ from: number, to: number } | null} */ (null));
  const overlays = createOverlayData(state, seen);
  /** @type {import('./feed.js').CvdData} */
  let cvd = toCvd(data, cvdView());
  const chart = createChart(
    element,
    options(theme, () => data.span),
  );
  const drawing = addSeries(chart, theme);
  const { series } = drawing;
  chart.panes().forEach((pane, index) => {
    pane.setStretchFactor(HEIGHTS[index]);
  });

  /** @type {Held | null} */
  let drawn = null;
  let look = 0;
  /** Where the chart goes with its next painting: what changes before must not keep the view it had. @type {import('../state/state.js').Place | null} */
  let unpainted = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;

  const layers = addLayers(chart, series, state, overlays, { data: () => data, theme: () => theme });
  const venues = createVenueLines(chart, () => theme);
  const hover = createHover(element, chart, state, overlays, layers, { data: () => data, valuesAt });
  const hand = createHand(element, state, syncScale);

  /** @returns {import('./feed.js').CvdView} */
  function cvdView() {
    const { complete, timeframe } = state.held.get();
    const told = overlays.shown.get();
    return {
      mode: state.cvd.get(),
      zeroAt: state.cvdZero.get(),
      anchor: lengthOf(overlays.anchor()) ?? ANCHOR,
      fromTheStart: complete,
      told: told && told.timeframe === timeframe ? told.cvd : null,
    };
  }

  function draw() {
    const held = state.held.get();
    const before = data;
    data = toChartData(held.bars, SPANS[held.timeframe]);
    const keep = drawn !== null && (held === drawn || held.place.at === 'same');
    const pending = keep ? unpainted : null;
    const offset = keep && !pending && state.view.get().following ? chart.timeScale().scrollPosition() : null;
    if (drawn && keep && onlyTheEndChanged(before, data, drawn, held)) {
      drawing.updateBars(before.values.length - 1, data);
    } else {
      const range = keep && !pending && offset === null ? chart.timeScale().getVisibleLogicalRange() : null;
      const shift = before.slots.length ? shiftOf(before.slots, data.slots) : 0;
      drawing.setBars(data);
      // The library counts the view from the right end: prepending keeps it by itself, also in the middle of a drag;
      // a change at the right end would move it.
      if (range && shift !== data.slots.length - before.slots.length)
        chart.timeScale().setVisibleLogicalRange({ from: range.from + shift, to: range.to + shift });
    }
    drawCvd();
    if (offset !== null) chart.timeScale().scrollToPosition(offset, false);
    if (pending) goTo(pending);
    else if (held !== drawn) goTo(held.place);
    drawn = held;
    layers.place();
    lookSoon();
  }

  /** The library moves the view when it paints. */
  function lookSoon() {
    cancelAnimationFrame(look);
    look = requestAnimationFrame(looked);
  }

  function drawCvd() {
    const mode = state.cvd.get();
    const { from } = seen.get() ?? { from: data.times[0] ?? 0 };
    if (mode === 'running' && state.cvdZero.get() !== from && !settling) state.cvdZero.set(from);
    cvd = toCvd(data, cvdView());
    drawing.setCvd(cvd, { mode, form: state.cvdForm.get() });
    drawVenues();
    state.newest.set(valuesAt(data.values.length - 1));
  }

  function drawVenues() {
    venues.draw(overlays.venues.get(), data.span, data.times, cvdView());
  }

  /** @param {number} index */
  function valuesAt(index) {
    const values = data.values[index];
    return values ? { ...values, cvd: cvd.closes[index] } : null;
  }

  /** @param {import('../state/state.js').Place} place */
  function goTo(place) {
    const scale = chart.timeScale();
    if (place.at === 'same') return;
    unpainted = place;
    if (place.at === 'range') {
      scale.setVisibleLogicalRange({ from: slotAt(place.from), to: slotAt(place.to) });
      return;
    }
    const range = scale.getVisibleLogicalRange();
    const bars = place.bars ?? (range ? range.to - range.from : 200);
    if (place.at === 'instant') {
      const index = slotAt(place.instant);
      scale.setVisibleLogicalRange({ from: index - bars / 2, to: index + bars / 2 });
    } else if (place.bars !== undefined) {
      const last = data.slots.length - 1 + MARGIN;
      scale.setVisibleLogicalRange({ from: last - bars, to: last });
    } else scale.scrollToPosition(MARGIN, false);
  }

  /**
   * Whether the bars held reach as far as this place does; bars that do not exist are not missed.
   * @param {import('../state/state.js').Place} place
   */
  function holds(place) {
    const { live, complete } = state.held.get();
    if (data.slots.length === 0) return false;
    if (place.at === 'newest') return live && (complete || (place.bars ?? 0) <= data.slots.length);
    if (place.at === 'same') return true;
    const from = place.at === 'range' ? place.from : place.instant;
    const to = place.at === 'range' ? place.to : place.instant;
    return (complete || from >= data.slots[0]) && (live || to <= data.slots[data.slots.length - 1]);
  }

  /**
   * Index of the slot that contains an instant, with its fraction.
   * @param {number} instant
   */
  function slotAt(instant) {
    const index = Math.max(0, indexAt(data.slots, instant));
    return index + Math.min(1, Math.max(0, (instant - (data.slots[index] ?? instant)) / data.span));
  }

  /** Tell the state where the chart looks, and ask for more bars when an edge is near. */
  function looked() {
    unpainted = null;
    const range = chart.timeScale().getVisibleLogicalRange();
    const { slots, span } = data;
    if (!range || slots.length === 0) return;
    const last = slots.length - 1;
    const centre = (range.from + range.to) / 2;
    const inside = Math.min(last, Math.max(0, Math.floor(centre)));
    const following = state.held.get().live && range.to >= last;
    const view = state.view.get();
    const instant = slots[inside] + (centre - inside) * span;
    const bars = range.to - range.from;
    if (view.following !== following || view.centre !== instant || view.bars !== bars) {
      state.view.set({ following, centre: instant, bars });
      hand.moved();
      hover.moved();
    }
    const from = slots[Math.min(last, Math.max(0, Math.ceil(range.from)))];
    const to = slots[Math.min(last, Math.max(0, Math.floor(range.to)))] + span;
    const before = seen.get();
    if (before?.from !== from || before.to !== to) seen.set({ from, to });
    clearTimeout(settling);
    settling = setTimeout(settle, SETTLED);
    if (range.from < Math.max(NEAR, bars / 2)) loader.older();
    if (!state.held.get().live && range.to > last - NEAR) loader.newer();
  }

  /** The view stands still: the running CVD begins at its left edge. */
  function settle() {
    settling = undefined;
    const from = seen.get()?.from;
    if (state.cvd.get() === 'running' && from !== undefined && from !== state.cvdZero.get()) drawCvd();
  }

  /** The reader may have dragged or double-clicked the price scale: the library has no event for it. */
  function syncScale() {
    const { autoScale } = chart.priceScale('right', 0).options();
    if (state.autoScale.get() !== autoScale) state.autoScale.set(autoScale);
  }

  /** Take the colours of the theme and the labels of the zone anew. */
  function restyle() {
    theme = readTheme(element);
    chart.applyOptions(options(theme, () => data.span));
    drawing.setTheme(theme);
    drawing.colour({ mode: state.cvd.get(), form: state.cvdForm.get() });
    drawCvd();
    layers.place();
  }

  function recolour() {
    drawing.colour({ mode: state.cvd.get(), form: state.cvdForm.get() });
    drawCvd();
  }

  const picture = () => drawPicture(element, chart.takeScreenshot(true, false), state, theme);

  recolour();
  chart.timeScale().subscribeVisibleLogicalRangeChange(looked);
  const stop = [
    state.held.listen(draw),
    ...[state.cvd, state.cvdForm].map((part) => /** @type {typeof state.cvd} */ (part).listen(recolour)),
    overlays.shown.listen(drawCvd),
    overlays.venues.listen(drawVenues),
    ...[state.theme, state.palette, state.zone].map((part) => /** @type {typeof state.theme} */ (part).listen(restyle)),
    state.log.subscribe((log) =>
      chart.priceScale('right', 0).applyOptions({ mode: log ? PriceScaleMode.Logarithmic : PriceScaleMode.Normal }),
    ),
    state.autoScale.subscribe((autoScale) => chart.priceScale('right', 0).applyOptions({ autoScale })),
  ];
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
    /**
     * Look at a place, if the bars held reach it.
     * @param {import('../state/state.js').Place} place
     */
    look(place) {
      const reached = holds(place);
      if (reached) {
        goTo(place);
        lookSoon();
      }
      return reached;
    },
    /** Show every bar held, at the scale that shows them all. */
    fit() {
      state.autoScale.set(true);
      chart.timeScale().fitContent();
    },
    /** The pane's own element, for a legend; null before the first layout. @param {number} index */
    pane: (index) => /** @type {HTMLElement | null} */ (chart.panes()[index].getHTMLElement()?.children[1] ?? null),
    /** What each exchange did in a bar; nothing while it is not asked for. @param {number} timestamp ms */
    led: (timestamp) => venues.at(timestamp),
    overlays,
    /** A canvas of the whole chart as it is seen, legends and title drawn on it. */
    picture,
    dispose() {
      for (const end of stop) end();
      cancelAnimationFrame(look);
      clearTimeout(settling);
      hover.dispose();
      hand.dispose();
      layers.dispose();
      overlays.dispose();
      chart.remove();
    },
    handles: { chart, series, data: () => data, layers, venues, overlays, seen, picture },
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
    after.values.length > last &&
    after.values[0].timestamp === before.values[0].timestamp &&
    after.values[last].timestamp === before.values[last].timestamp &&
    after.slots.length - before.slots.length === after.values.length - before.values.length &&
    before.values.every((value, index) => index === last || same(value, after.values[index]))
  );
}

/** What of a bar a correction can change. */
const CORRECTED = /** @type {const} */ (['open', 'high', 'low', 'close', 'buy', 'sell']);

/**
 * @param {ChartData['values'][number]} a
 * @param {ChartData['values'][number]} b
 */
const same = (a, b) => CORRECTED.every((name) => a[name] === b[name]);

/**
 * By how much the slots' indices moved.
 * @param {number[]} before
 * @param {number[]} after
 */
function shiftOf(before, after) {
  const index = indexAt(after, before[0]);
  return index >= 0 ? index : -Math.max(0, indexAt(before, after[0]));
}
