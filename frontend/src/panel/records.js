/**
 * Keeps what stands beside the chart what the server has: trades, open position, setups and verdict of the chosen
 * account. Asked anew with each snapshot; the trades only when their number changed, for completed trades are only
 * ever added.
 */

import { BadAnswer } from '../server/answers.js';
import { getOrders, getSetups, getTrades, Refused, ServerLost } from '../server/api.js';
import { accountOf } from './accounts.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../server/answers.js').Trade} Trade */

/** Setups that are listed: the newest, or the newest of the period. */
const SETUPS = 200;

/** @param {State} state */
export function createRecords(state) {
  let errand = new AbortController();
  /** The account's trades, of every period. @type {Trade[] | null} */
  let all = null;
  /** What `all` is: account, number and origin. */
  let known = '';
  /** The newest question. */
  let asked = '';

  /** Ask for what the newest snapshot and the chosen account make new. */
  async function refresh() {
    const status = state.status.get();
    if (state.lostSince.get() !== null) return;
    if (!status?.snapshot || status.database.state !== 'ok') return;
    state.verification.set(status.verification);
    const account = accountOf(status, state.account.get());
    if (!account) return;
    const period = state.period.get();
    const asking = [account.pair, account.mode, status.snapshot.id, period?.from, period?.to].join(' ');
    if (asking === asked) return;
    asked = asking;
    errand.abort();
    const mine = new AbortController();
    errand = mine;
    const answers = await Promise.allSettled(questions(status, account, period, mine.signal));
    if (mine.signal.aborted) return; // a newer question is under way
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed) {
      asked = '';
      fail(failed.reason);
    } else state.recordsProblem.set(null);
  }

  /**
   * What is asked, each for itself: what can be known is shown though something else cannot.
   * @param {import('../server/answers.js').Status} status
   * @param {import('../state/state.js').Account} account
   * @param {import('../state/state.js').Period | null} period
   * @param {AbortSignal} signal
   */
  function questions(status, account, period, signal) {
    const name = `${account.pair} ${account.mode}`;
    if (!known.startsWith(`${name} `)) {
      known = `${name} nothing`;
      all = null;
      state.trades.set(null);
      state.setups.set(null);
    }
    const asks = [askOrder(account.pair, signal), askSetups(account, period, signal)];
    const count = status.trades.find(({ pair, mode }) => pair === account.pair && mode === account.mode)?.count ?? 0;
    const wanted = `${name} ${count} ${status.origin}`;
    return wanted === known ? asks : [...asks, askTrades(account, wanted, signal)];
  }

  /**
   * @param {import('../state/state.js').Account} account
   * @param {string} wanted
   * @param {AbortSignal} signal
   */
  async function askTrades(account, wanted, signal) {
    const { trades } = await getTrades(account, signal);
    if (signal.aborted) return;
    all = trades;
    known = wanted;
    choose();
  }

  /**
   * @param {string} pair
   * @param {AbortSignal} signal
   */
  async function askOrder(pair, signal) {
    const { orders } = await getOrders(pair, signal);
    if (!signal.aborted) state.order.set(orders.find((each) => each.pair === pair) ?? null);
  }

  /**
   * The account's setups, and the newest of the paper account: that is what the bot does now.
   * @param {import('../state/state.js').Account} account
   * @param {import('../state/state.js').Period | null} period
   * @param {AbortSignal} signal
   */
  async function askSetups({ pair, mode }, period, signal) {
    const now = getSetups({ pair, mode: 'paper', limit: 1 }, signal);
    const kept = mode === 'imported' ? null : getSetups({ pair, mode, to: period?.to, limit: SETUPS }, signal);
    const [newest, answer] = await Promise.all([now, kept]);
    if (signal.aborted) return;
    state.current.set(newest.setups.at(-1) ?? null);
    const setups = (answer?.setups ?? []).filter(
      ({ events }) => !period || (events.at(-1)?.timestamp ?? period.to) >= period.from,
    );
    state.setups.set({ ...newest, mode, setups });
  }

  /** Show the trades of the period: those closed in it, as the figures count them. */
  function choose() {
    const period = state.period.get();
    state.trades.set(
      all && period ? all.filter(({ exitTime }) => exitTime >= period.from && exitTime < period.to) : all,
    );
  }

  /** @param {unknown} error */
  function fail(error) {
    if (error instanceof ServerLost) return; // the loader says so, and the next snapshot asks again
    if (error instanceof Refused) state.recordsProblem.set(error.message);
    else if (error instanceof BadAnswer)
      state.recordsProblem.set(`This page does not understand the server (${error.message}): reload it.`);
    else throw error;
  }

  const stop = [
    state.status.subscribe(refresh),
    state.account.listen(refresh),
    state.lostSince.listen(refresh),
    state.period.listen(() => {
      choose();
      refresh();
    }),
  ];
  return () => {
    errand.abort();
    for (const end of stop) end();
  };
}
