/**
 * Whose trades: an account is a pair and a mode, and figures of two are never mixed. Pure.
 */

import { pairOf } from '../state/pair.js';

/** @typedef {import('../state/state.js').Account} Account */
/** @typedef {import('../server/answers.js').Status} Status */

/** The modes in the order a reader wants them. */
const MODES = ['paper', 'backtest', 'imported'];

/** What a mode means. @type {Record<string, string>} */
export const MODE_WORDS = {
  paper: 'traded live on paper',
  backtest: 'history replayed at the first start',
  imported: "the earlier bot's trades",
};

/**
 * Every account with trades, and the paper account of each pair though it has none yet.
 * @param {Pick<Status, 'pairs' | 'trades'> | null} status
 * @returns {(Account & { count: number })[]} by pair as configured, then by mode
 */
export function accountsOf(status) {
  if (!status) return [];
  const pairs = [...new Set([...status.pairs, ...status.trades.map(({ pair }) => pair)])];
  return pairs.flatMap((pair) =>
    MODES.map((mode) => ({
      pair,
      mode,
      count: status.trades.find((each) => each.pair === pair && each.mode === mode)?.count ?? 0,
    })).filter(({ mode: each, count }) => count > 0 || each === 'paper'),
  );
}

/**
 * The chosen account, else the first of the pair with trades. One of another pair is not meant.
 * @param {Pick<Status, 'pairs' | 'trades'> | null} status
 * @param {Account | null} chosen
 * @param {string} [shown] the pair
 * @returns {Account | null} null when nothing is known yet
 */
export function accountOf(status, chosen, shown = status?.pairs[0]) {
  if (chosen && (shown === undefined || chosen.pair === shown)) return chosen;
  if (!status || shown === undefined) return null;
  const all = accountsOf(status).filter(({ pair }) => pair === shown);
  return { pair: shown, mode: (all.find(({ count }) => count > 0) ?? all[0])?.mode ?? 'paper' };
}

/**
 * The account that is looked at.
 * @param {import('../state/state.js').State} state
 */
export const accountNow = (state) => accountOf(state.status.get(), state.account.get(), pairOf(state));

/**
 * What else there is of the pair, for an account without trades.
 * @param {Pick<Status, 'pairs' | 'trades'> | null} status
 * @param {Account} account
 */
export const othersOf = (status, account) =>
  accountsOf(status).filter(({ pair, mode, count }) => count > 0 && pair === account.pair && mode !== account.mode);

/**
 * The account that is looked at and the period, as an address asks for them.
 * @param {import('../state/state.js').State} state
 */
export function queryOf(state) {
  const query = new URLSearchParams();
  const account = accountNow(state);
  const period = state.period.get();
  if (account) {
    query.set('pair', account.pair);
    query.set('mode', account.mode);
  }
  if (period) {
    query.set('from', String(period.from));
    query.set('to', String(period.to));
  }
  return query;
}
