/**
 * What lies over the series: zones, the open position, crosses, trades, changes of configuration, the completeness
 * strip. Places what the state and the overlay data hold in the bars shown, and finds what is under the mouse.
 */

import { lengthOf } from './cvd.js';
import { drawOrder, positionLayer } from './layers/position.js';
import { changesOf, settingsLayer } from './layers/settings.js';
import { crossesOf, signalLayer } from './layers/signals.js';
import { HEIGHT, stripLayer } from './layers/strip.js';
import { tradeLayer } from './layers/trades.js';
import { placeTrade } from './layers/tradeshapes.js';
import { withTaken, zonesOf } from './layers/zonelist.js';
import { zoneLayer } from './layers/zones.js';
import { lateBy } from './overlaydata.js';
import { createScale } from './primitives/scale.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('./theme.js').Theme} Theme */
/** @typedef {import('./feed.js').ChartData} ChartData */
/** @typedef {import('./layers/tradeshapes.js').Placed} Placed */

/**
 * What the mouse is over.
 * @typedef {{ kind: 'trade', placed: Placed } | { kind: 'cross', cross: import('./layers/signals.js').Cross, of: string }
 *   | { kind: 'zone', zone: import('./primitives/boxes.js').Zone, of: string } | { kind: 'position', order: import('../server/answers.js').Order }
 *   | { kind: 'change', change: import('./layers/settings.js').Change } | { kind: 'strip', instant: number }} Under
 */

/** Indices of panes. */
const PRICE = 0;
const LOWEST = 2;

/**
 * @param {import('lightweight-charts').IChartApi} chart
 * @param {import('./series.js').Series} series
 * @param {State} state
 * @param {import('./overlaydata.js').OverlayData} overlays
 * @param {{ data: () => ChartData, theme: () => Theme }} shown
 */
export function addLayers(chart, series, state, overlays, { data, theme }) {
  /** @param {import('lightweight-charts').ISeriesApi<any>} of whose prices the layer speaks */
  const scaleOf = (of) => () => {
    const { slots, span } = data();
    const time = chart.timeScale();
    const zero = time.logicalToCoordinate(/** @type {import('lightweight-charts').Logical} */ (0));
    const one = time.logicalToCoordinate(/** @type {import('lightweight-charts').Logical} */ (1));
    if (zero === null || one === null || slots.length === 0) return null;
    const y = (/** @type {number} */ price) => of.priceToCoordinate(price);
    return createScale({ slots, span, zero, step: one - zero, width: time.width(), y });
  };
  const prices = scaleOf(series.candles);
  const lowest = scaleOf(series.cvd);

  /** @type {readonly import('./primitives/boxes.js').Zone[]} */
  let zones = [];
  /** @type {readonly import('./layers/signals.js').Cross[]} */
  let crosses = [];
  /** @type {readonly Placed[]} */
  let trades = [];
  /** @type {readonly import('./layers/settings.js').Change[]} */
  let changes = [];
  /** @type {import('../server/answers.js').Order | null} */
  let order = null;
  let of = '';

  const layers = {
    zones: zoneLayer(prices, () => zones, theme),
    position: positionLayer(prices, () => ({ order, span: data().span }), theme),
    settings: settingsLayer(prices, () => changes, theme, true),
    crosses: signalLayer(prices, () => crosses, theme),
    trades: tradeLayer(
      prices,
      () => trades,
      () => ({ theme: theme(), selected: state.selected.get(), levels: true }),
    ),
    strip: stripLayer(
      lowest,
      () => ({ rows: overlays.completeness.get()?.completeness ?? null, span: data().span }),
      theme,
    ),
    foot: settingsLayer(lowest, () => changes, theme, false),
  };
  for (const layer of [layers.zones, layers.position, layers.settings, layers.crosses, layers.trades])
    series.candles.attachPrimitive(layer.primitive);
  for (const layer of [layers.strip, layers.foot]) chart.panes()[LOWEST].attachPrimitive(layer.primitive);

  let removeLines = () => {};

  const pair = () => state.pair.get() ?? state.status.get()?.pairs[0];

  /** @param {number | null | undefined} configuration */
  function barOf(configuration) {
    const known = state.status.get()?.configurations ?? [];
    const row = known.find(({ id }) => id === configuration);
    return (row && lengthOf(row.parameters.chart_timeframe)) ?? 0;
  }

  function placeSignals() {
    const { answer, timeframe, setups } = overlays.signals.get();
    const { span, times, values } = data();
    const late = lateBy(timeframe, span);
    of = timeframe;
    zones = answer ? withTaken(zonesOf(answer, state.overlays.get(), late), setups) : [];
    crosses = answer && state.overlays.get().signals ? crossesOf(answer.signals, span, times, values, late) : [];
    layers.zones.redraw();
    layers.crosses.redraw();
  }

  function placeTrades() {
    const { span, times, values } = data();
    const bars = { span, times, bars: values };
    const shown = state.overlays.get().trades;
    const tested = state.whatif.get();
    const testedBar = (tested && lengthOf(tested.parameters.chart_timeframe)) ?? 0;
    trades = [
      ...(shown ? (state.trades.get() ?? []) : [])
        .filter((trade) => trade.pair === pair())
        .map((trade) => placeTrade(trade, barOf(trade.configuration), bars)),
      ...(tested?.trades ?? [])
        .filter((trade) => trade.pair === pair())
        .map((trade) => placeTrade(trade, testedBar, bars, true)),
    ];
    layers.trades.redraw();
  }

  function placeOrder() {
    const open = state.order.get();
    order = open && open.pair === pair() && state.overlays.get().position ? open : null;
    removeLines();
    removeLines = order ? drawOrder(series.candles, order, theme()) : () => {};
    layers.position.redraw();
  }

  function placeChanges() {
    changes = changesOf((state.status.get()?.configurations ?? []).filter((row) => row.pair === pair()));
    layers.settings.show(state.overlays.get().configurations);
    layers.foot.show(state.overlays.get().configurations);
    layers.strip.show(state.overlays.get().completeness);
    layers.settings.redraw();
    layers.foot.redraw();
  }

  /** Place everything anew: the bars or the colours have changed. */
  function place() {
    placeSignals();
    placeTrades();
    placeOrder();
    placeChanges();
  }

  const stop = [
    overlays.signals.listen(placeSignals),
    overlays.completeness.listen(() => layers.strip.redraw()),
    state.trades.listen(placeTrades),
    state.whatif.listen(placeTrades),
    state.order.listen(placeOrder),
    state.status.listen(placeChanges),
    state.overlays.listen(place),
    state.selected.listen(() => layers.trades.redraw()),
  ];

  return {
    place,
    /**
     * What lies under a point of a pane; the small things first.
     * @param {number | undefined} pane
     * @param {number} x
     * @param {number} y
     * @param {number} instant of the slot there, ms
     * @returns {Under | null}
     */
    under(pane, x, y, instant) {
      if (pane === LOWEST) {
        const height = chart.panes()[LOWEST].getHeight();
        return state.overlays.get().completeness && y >= height - HEIGHT - 3 ? { kind: 'strip', instant } : null;
      }
      if (pane !== PRICE) return null;
      const trade = layers.trades.at(x, y);
      if (trade) return { kind: 'trade', placed: trade.placed };
      const cross = layers.crosses.at(x, y);
      if (cross) return { kind: 'cross', cross: cross.cross, of };
      const change = layers.settings.at(x, y);
      if (change) return { kind: 'change', change: change.change };
      const box = layers.zones.at(x, y);
      if (box) return { kind: 'zone', zone: box.zone, of };
      return order && layers.position.at(x, y) ? { kind: 'position', order } : null;
    },
    layers,
    trades: () => trades,
    dispose() {
      for (const end of stop) end();
    },
  };
}

/** @typedef {ReturnType<typeof addLayers>} Layers */
