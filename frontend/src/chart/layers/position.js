/**
 * The open position: the way to its target and to its stop as two bands from the entry to the newest bar, and entry,
 * stop and target as lines with their prices on the scale.
 */

import { LineStyle } from 'lightweight-charts';
import * as format from '../../format.js';
import { pairOf } from '../../state/pair.js';
import { PRICE } from '../panes.js';
import { createLayer } from '../primitives/layer.js';
import { sayOrder } from '../said.js';
import { floorTo } from './fills.js';

/**
 * @typedef {object} Order
 * @property {string} entryType
 * @property {number} entryPrice
 * @property {number} entryTime ms
 * @property {number} stopLoss
 * @property {number} takeProfit
 */

/** @typedef {{ left: number, right: number, entry: number, stop: number, target: number }} Bands in CSS px */

/**
 * @param {Order} order
 * @param {number} span
 * @param {import('../primitives/scale.js').Scale} scale
 * @returns {Bands[]} one, or none when a price has no place
 */
export function bandsOf(order, span, scale) {
  const [entry, stop, target] = [order.entryPrice, order.stopLoss, order.takeProfit].map(scale.y);
  if (entry === null || stop === null || target === null) return [];
  return [{ left: scale.x(floorTo(order.entryTime, span)), right: scale.left(scale.end), entry, stop, target }];
}

/**
 * @param {import('../layers.js').Ground} chart
 * @param {import('../../state/state.js').State} state
 */
export function mount({ candles, data, theme, scaleOf }, state) {
  /** @type {import('../../server/answers.js').Order | null} */
  let order = null;
  let removeLines = () => {};
  const layer = createLayer({
    scale: scaleOf(candles),
    zOrder: 'bottom',
    arrange: (now) => (order ? bandsOf(order, data().span, now) : []),
    at: (bands, x, y) =>
      bands.find(
        ({ left, right, stop, target }) =>
          x >= left && x <= right && y >= Math.min(stop, target) && y <= Math.max(stop, target),
      ) ?? null,
    paint(context, bands) {
      const { upFaint, downFaint } = theme();
      for (const { left, right, entry, stop, target } of bands)
        for (const [to, colour] of /** @type {[number, string][]} */ ([
          [target, upFaint],
          [stop, downFaint],
        ])) {
          context.fillStyle = colour;
          context.fillRect(
            Math.round(left),
            Math.round(Math.min(entry, to)),
            Math.max(1, right - left),
            Math.abs(to - entry),
          );
        }
    },
  });
  candles.attachPrimitive(layer.primitive);

  function place() {
    const open = state.order.get();
    order = open && open.pair === pairOf(state) && state.overlays.get().position ? open : null;
    removeLines();
    removeLines = order ? drawOrder(candles, order, theme()) : () => {};
    layer.redraw();
  }

  const stop = [state.order.listen(place), state.overlays.listen(place)];
  return {
    shapes: layer.shapes,
    draw: place,
    /** @param {import('../layers.js').Point} point */
    under({ pane, x, y }) {
      const found = order;
      return found && pane === PRICE && layer.at(x, y) ? { say: () => sayOrder(found) } : null;
    },
    dispose() {
      for (const end of stop) end();
    },
  };
}

/**
 * Lines of an order over the whole width, with labels on the price scale; gives the function that takes them away.
 * @param {import('lightweight-charts').ISeriesApi<'Candlestick'>} series
 * @param {Order} order
 * @param {import('../theme.js').Theme} theme
 */
export function drawOrder(series, order, theme) {
  const common = { lineWidth: /** @type {const} */ (1), axisLabelVisible: true };
  const lines = [
    series.createPriceLine({
      ...common,
      id: 'entry',
      price: order.entryPrice,
      color: theme.accent,
      lineStyle: LineStyle.Solid,
      title: `${order.entryType} ${format.formatPrice(order.entryPrice)}`,
    }),
    series.createPriceLine({
      ...common,
      id: 'stop',
      price: order.stopLoss,
      color: theme.down,
      lineStyle: LineStyle.Dashed,
      title: 'Stop',
    }),
    series.createPriceLine({
      ...common,
      id: 'target',
      price: order.takeProfit,
      color: theme.up,
      lineStyle: LineStyle.Dashed,
      title: 'Target',
    }),
  ];
  return () => {
    for (const line of lines) series.removePriceLine(line);
  };
}
