/**
 * Choosing a trade: its story is read, and the chart goes where it happened. A click on a mark in the chart only chooses:
 * what is looked at already does not move under the reader.
 */

import { BadAnswer } from '../server/answers.js';
import { getTrade, Refused, ServerLost } from '../server/api.js';
import { choosePair } from '../state/pair.js';
import { notify } from '../state/state.js';
import { SPANS } from '../state/timeframes.js';
import { neighbour } from './rows.js';
import { capital } from './words.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../chart/navigation.js').Navigation} Navigation */
/** @typedef {import('../server/answers.js').Trade} Trade */

/** How much of the chart's width a trade fills, from entry to exit. */
const SHARE = 0.6;

/** @param {Trade} trade */
export const keyOf = ({ id }) => id;

/**
 * Choose a trade and show it from its entry's bar to its exit's.
 * @param {State} state
 * @param {Navigation} nav
 * @param {Trade} trade
 */
export function chooseTrade(state, nav, trade) {
  state.selected.set(trade.id);
  const { from, to } = stretchOf(trade, barOf(state));
  nav.range(from, to, { share: SHARE });
}

/**
 * Choose the next trade in time, or the one before; the newest while none of those listed is chosen.
 * @param {State} state
 * @param {Navigation} nav
 * @param {1 | -1} step
 */
export function stepTrade(state, nav, step) {
  const trades = state.trades.get() ?? [];
  const chosen = state.selected.get();
  const listed = trades.some((trade) => keyOf(trade) === chosen);
  const next = neighbour(trades, keyOf, chosen, listed ? step : Number.POSITIVE_INFINITY);
  if (next && next.id !== chosen) chooseTrade(state, nav, next);
}

/**
 * Go to the trade that a link names, and to its account; for links that say nothing of an instant.
 * @param {State} state
 * @param {Navigation} nav
 */
export async function goToLinked(state, nav) {
  const linked = state.selected.get();
  if (linked === null) return;
  try {
    const { trade } = await getTrade(linked);
    if (state.selected.get() !== linked) return;
    const { pair, mode } = trade;
    choosePair(state, pair);
    if (state.account.get() === null) state.account.set({ pair, mode });
    chooseTrade(state, nav, trade);
  } catch (error) {
    if (error instanceof Refused && error.code === 'unknown_trade') {
      notify(state, capital(error.message));
      state.selected.set(null);
    } else if (!(error instanceof Refused || error instanceof ServerLost || error instanceof BadAnswer)) throw error;
  }
}

/**
 * From the open of the entry's bar to the end of the exit's; half-open, ms.
 * @param {{ entryTime: number, exitTime: number }} trade
 * @param {number} bar length of the strategy's bars, ms
 */
export const stretchOf = ({ entryTime, exitTime }, bar) => ({
  from: entryTime,
  to: Math.max(exitTime, entryTime) + bar,
});

/**
 * Length of the strategy's bars, ms.
 * @param {State} state
 */
export function barOf(state) {
  const timeframe = state.setups.get()?.timeframe ?? '5m';
  return SPANS[/** @type {'5m'} */ (timeframe)] ?? SPANS['5m'];
}
