/**
 * The chart: candles, volume and CVD in three panes over one time axis, and what lies over them.
 *
 * It draws what the state holds and connects its parts: where it looks (view.js), the panes and layers (layers.js), what
 * the mouse points at (hover.js).
 */

import './chart.css';
import { createChart, PriceScaleMode } from 'lightweight-charts';
import { SPANS } from '../state/timeframes.js';
import { createCvd } from './cvdnow.js';
import { toChartData } from './feed.js';
import { onlyTheEndChanged, shiftOf } from './geometry.js';
import { createHand } from './hand.js';
import { createHover } from './hover.js';
import { mountLayers } from './layers.js';
import { options } from './options.js';
import { createOverlayData } from './overlaydata.js';
import { HEIGHTS, PRICE } from './panes.js';
import { drawPicture } from './picture.js';
import { addCandles } from './series.js';
import { readTheme } from './theme.js';
import { createView } from './view.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Held} Held */
/** @typedef {import('./feed.js').ChartData} ChartData */

/** New bars that are added one by one, 3 ms each at worst; more are set with all others at once. */
const FEW = 20;

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../server/loader.js').Loader} loader
 */
export function mountChart(element, state, loader) {
  let theme = readTheme(element);
  /** @type {ChartData} */
  let now = toChartData(state.held.get().bars, SPANS[state.held.get().timeframe]);
  const data = () => now;
  const styled = () => options(theme, () => now.span);
  const api = createChart(element, styled());
  const scale = api.timeScale();
  const price = addCandles(api, () => theme);
  const view = createView(api, state, loader, data);
  const overlays = createOverlayData(state, view.seen);
  const cvd = createCvd(state, overlays, data, view);
  const layers = mountLayers({ api, candles: price.candles, data, theme: () => theme, overlays, cvd }, state);
  api.panes().forEach((pane, index) => {
    pane.setStretchFactor(HEIGHTS[index]);
  });
  const hover = createHover(element, api, state, overlays, layers, { data, valuesAt: cvd.valuesAt });
  const hand = createHand(element, state, syncScale);
  /** @type {Held | null} */
  let drawn = null;

  /** @param {number} first index of the first bar that changed */
  function drawBars(first) {
    price.draw(now, first);
    layers.draw(first);
  }

  function draw() {
    const held = state.held.get();
    const before = now;
    now = toChartData(held.bars, SPANS[held.timeframe]);
    const keep = drawn !== null && (held === drawn || held.place.at === 'same');
    const pending = keep ? view.pending() : null;
    const offset = keep && !pending && state.view.get().following ? scale.scrollPosition() : null;
    const more = now.values.length - before.values.length;
    if (drawn && keep && more <= FEW && onlyTheEndChanged(before, now, drawn, held)) {
      drawBars(before.values.length - 1);
    } else {
      const range = keep && !pending && offset === null ? scale.getVisibleLogicalRange() : null;
      const shift = shiftOf(before.slots, now.slots);
      drawBars(0);
      // The library counts the view from the right end: prepending keeps it by itself, also in the middle of a drag;
      // a change at the right end would move it.
      if (range && shift !== now.slots.length - before.slots.length)
        scale.setVisibleLogicalRange({ from: range.from + shift, to: range.to + shift });
    }
    cvd.take();
    if (offset !== null) scale.scrollToPosition(offset, false);
    if (pending) view.goTo(pending);
    else if (held !== drawn) view.goTo(held.place);
    drawn = held;
    view.lookSoon();
  }

  /** The reader may have dragged or double-clicked the price scale: the library has no event for it. */
  function syncScale() {
    const { autoScale } = api.priceScale('right', PRICE).options();
    if (state.autoScale.get() !== autoScale) state.autoScale.set(autoScale);
  }

  /** Take the colours of the theme and the labels of the zone anew. */
  function restyle() {
    theme = readTheme(element);
    api.applyOptions(styled());
    price.restyle();
    layers.restyle();
    cvd.take();
  }

  const picture = () => drawPicture(element, api.takeScreenshot(true, false), state, theme);

  const stop = [
    state.held.listen(draw),
    ...[state.theme, state.palette, state.zone].map((part) => /** @type {typeof state.theme} */ (part).listen(restyle)),
    state.log.subscribe((log) =>
      api.priceScale('right', PRICE).applyOptions({ mode: log ? PriceScaleMode.Logarithmic : PriceScaleMode.Normal }),
    ),
    state.autoScale.subscribe((autoScale) => api.priceScale('right', PRICE).applyOptions({ autoScale })),
    state.view.listen(() => {
      hand.moved();
      hover.moved();
    }),
  ];
  draw();

  const { pan, zoom, toStart, look, fit } = view;
  const { venues } = layers.layers;
  const { candles, grid } = price;
  const series = { candles, grid, ...layers.layers.volume.series, ...layers.layers.cvd.series };
  return {
    pan,
    zoom,
    toStart,
    look,
    fit,
    /** The pane's own element, for a legend; null before the first layout. @param {number} index */
    pane: (index) => /** @type {HTMLElement | null} */ (api.panes()[index].getHTMLElement()?.children[1] ?? null),
    /** What each exchange did in a bar; nothing while it is not asked for. @param {number} timestamp ms */
    led: (timestamp) => venues.at(timestamp),
    overlays,
    /** A canvas of the whole chart as it is seen, legends and title drawn on it. */
    picture,
    dispose() {
      for (const end of stop) end();
      view.dispose();
      hover.dispose();
      hand.dispose();
      layers.dispose();
      cvd.dispose();
      overlays.dispose();
      api.remove();
    },
    handles: { chart: api, series, data, layers, venues, overlays, seen: view.seen, picture },
  };
}

/** @typedef {ReturnType<typeof mountChart>} Chart */
