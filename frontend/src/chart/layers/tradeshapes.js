/**
 * Trades as shapes: an entry mark and an exit mark at their fill prices, the line between them and the shaded area
 * they span. Pure; the layer paints them.
 */

import { endOf, entryAt, exitAt, isLong } from './fills.js';

/** @typedef {import('./fills.js').Trade} Trade */
/** @typedef {import('./fills.js').Shown} Shown */

/**
 * A trade as the chart holds it: its place in the shown timeframe is found once, when bars or trades change.
 * @typedef {object} Placed
 * @property {Trade} trade
 * @property {boolean} whatif not a real one: what other parameters would have done
 * @property {number} entry open of the shown bar, ms
 * @property {number} exit
 * @property {boolean} touched the exit bar was seen to touch the price
 * @property {number} bar length of the strategy's bar, ms; 0 when unknown
 */

/** @typedef {{ placed: Placed, x0: number, y0: number, x1: number, y1: number, stop: number | null, target: number | null }} TradeShape */

/** How near the mouse must be to a mark and to a line, CSS px. */
const NEAR = { mark: 9, line: 4 };

/**
 * @param {Trade} trade
 * @param {number} bar
 * @param {Shown} shown
 * @param {boolean} [whatif]
 * @returns {Placed}
 */
export function placeTrade(trade, bar, shown, whatif = false) {
  const { time, touched } = exitAt(trade, bar, shown);
  return { trade, whatif, entry: entryAt(trade, bar, shown.span), exit: time, touched, bar };
}

/**
 * @param {readonly Placed[]} trades
 * @param {import('../primitives/scale.js').Scale} scale
 * @returns {TradeShape[]}
 */
export function tradeShapes(trades, scale) {
  /** @type {TradeShape[]} */
  const shapes = [];
  for (const placed of trades) {
    if (placed.entry >= scale.to || placed.exit < scale.from) continue;
    const { trade } = placed;
    const [y0, y1] = [scale.y(trade.entryPrice), scale.y(trade.exitPrice)];
    if (y0 === null || y1 === null) continue;
    shapes.push({
      placed,
      x0: scale.x(placed.entry),
      y0,
      x1: scale.x(placed.exit),
      y1,
      stop: trade.stopLoss == null ? null : scale.y(trade.stopLoss),
      target: trade.takeProfit == null ? null : scale.y(trade.takeProfit),
    });
  }
  return shapes;
}

/**
 * The trade whose mark or line is under a point; marks win over lines, the nearest over the others.
 * @param {readonly TradeShape[]} shapes
 * @param {number} x
 * @param {number} y
 */
export function tradeUnder(shapes, x, y) {
  let least = Number.POSITIVE_INFINITY;
  /** @type {TradeShape | null} */
  let found = null;
  for (const shape of shapes) {
    const mark = Math.min(Math.hypot(x - shape.x0, y - shape.y0), Math.hypot(x - shape.x1, y - shape.y1));
    const line = distance(shape, x, y);
    const score = mark <= NEAR.mark ? mark : line <= NEAR.line ? NEAR.mark + line : Number.POSITIVE_INFINITY;
    if (score < least) [least, found] = [score, shape];
  }
  return found;
}

/**
 * From a point to the line between entry and exit.
 * @param {TradeShape} shape
 * @param {number} x
 * @param {number} y
 */
function distance({ x0, y0, x1, y1 }, x, y) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const part = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length));
  return Math.hypot(x - x0 - part * dx, y - y0 - part * dy);
}

/** @param {TradeShape} shape */
export const looks = ({ placed: { trade } }) => ({ long: isLong(trade), end: endOf(trade), late: trade.late === true });
