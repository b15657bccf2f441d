/**
 * In which bar of the shown timeframe a trade was entered and left.
 *
 * The strategy enters at its bar's close and names the bar by its open; it leaves inside a bar, when a price is
 * touched. A timeframe at least as long as the strategy's holds that bar whole: the mark stands at the bar that contains
 * its open. Below it, the entry is the bar's last minute, and the exit the first bar held that touched the price. Pure.
 */

import { indexAt } from '../../state/bars.js';
import { MINUTE } from '../../state/timeframes.js';

/**
 * A completed trade as the API gives it; a what-if's has no `id`.
 * @typedef {object} Trade
 * @property {number} [id]
 * @property {number} tradeNumber
 * @property {string} entryType `Long` or `Short`
 * @property {number} entryPrice
 * @property {number} entryTime ms
 * @property {number} exitPrice
 * @property {number} exitTime ms
 * @property {number} profit USDT
 * @property {string} outcome
 * @property {number | null} [stopLoss]
 * @property {number | null} [takeProfit]
 * @property {number | null} [fees]
 * @property {number | null} [configuration]
 * @property {number | null} [decided]
 * @property {boolean} [late]
 * @property {number | null} [duration] ms
 * @property {number | null} [r]
 */

/**
 * The bars a fill is looked for in.
 * @typedef {object} Shown
 * @property {number} span length of a shown bar, ms
 * @property {ArrayLike<number>} times opens of the bars held, ms
 * @property {readonly { high: number, low: number }[]} bars
 */

/**
 * @param {number} instant
 * @param {number} span
 */
export const floorTo = (instant, span) => Math.floor(instant / span) * span;

/** @param {Trade} trade */
export const isLong = (trade) => trade.entryType === 'Long';

/**
 * How it ended: at the target, at the stop, or otherwise.
 * @param {Trade} trade
 * @returns {'target' | 'stop' | 'other'}
 */
export function endOf({ outcome }) {
  const said = outcome.toLowerCase();
  return said === 'take profit' ? 'target' : said === 'stop loss' ? 'stop' : 'other';
}

/**
 * Open of the shown bar the entry stands at, ms.
 * @param {Trade} trade
 * @param {number} bar length of the strategy's bar, ms; 0 when unknown
 * @param {number} span
 */
export const entryAt = (trade, bar, span) => floorTo(trade.entryTime + (span < bar ? bar - MINUTE : 0), span);

/**
 * Open of the shown bar the exit stands at, ms; `touched` tells whether that bar was seen to touch the price.
 * @param {Trade} trade
 * @param {number} bar
 * @param {Shown} shown
 * @returns {{ time: number, touched: boolean }}
 */
export function exitAt(trade, bar, { span, times, bars }) {
  const end = endOf(trade);
  if (span >= bar) return { time: floorTo(trade.exitTime, span), touched: false };
  if (end === 'other') return { time: floorTo(trade.exitTime + bar - MINUTE, span), touched: false };
  const upwards = isLong(trade) === (end === 'target');
  for (
    let index = indexAt(times, trade.exitTime - span) + 1;
    index < times.length && times[index] < trade.exitTime + bar;
    index += 1
  )
    if (upwards ? bars[index].high >= trade.exitPrice : bars[index].low <= trade.exitPrice)
      return { time: times[index], touched: true };
  return { time: floorTo(trade.exitTime, span), touched: false };
}
