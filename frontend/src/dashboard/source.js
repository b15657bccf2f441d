/**
 * Asks for what the dashboard shows of the chosen account in the period, and keeps the answers up to date.
 *
 * A new snapshot renews the answers in their place, one question of a kind at a time, so that nothing flickers and
 * snapshots that come faster than answers starve nobody. Another account or period is asked for at once. Figures of the
 * market change slowly and cost most: they are asked when those of the account are there, and anew every RENEW of new
 * minutes.
 */

import { atom } from 'nanostores';
import { accountOf } from '../panel/accounts.js';
import { BadAnswer } from '../server/answers.js';
import {
  getCandleStatistics,
  getEquity,
  getPatterns,
  getStatistics,
  getTrades,
  Refused,
  ServerLost,
} from '../server/api.js';
import { isTimeframe } from '../state/timeframes.js';
import { ROWS } from './equity.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Account} Account */
/** @typedef {import('../server/api.js').Range} Range */

/** Of new minutes, ms. */
const RENEW = 600_000;

/**
 * What is known of one kind.
 * @template T
 * @typedef {object} Known
 * @property {T | null} value the newest answer
 * @property {boolean} waiting `value` is not of what is chosen
 * @property {string | null} problem why there is none, in words
 */

/** @typedef {{ account: Account, period: Range, timeframe: string | undefined }} Choice */

/** @type {{ [K in keyof Kinds]: (choice: Choice, signal: AbortSignal) => Promise<Kinds[K]> }} */
const QUESTIONS = {
  statistics: ({ account, period }, signal) => getStatistics({ ...account, ...period }, signal),
  equity: ({ account, period }, signal) => getEquity({ ...account, ...period, points: ROWS }, signal),
  trades: async ({ account, period }, signal) => (await getTrades({ ...account, ...period }, signal)).trades,
  candles: ({ account: { pair }, period, timeframe }, signal) =>
    getCandleStatistics({ pair, ...period, timeframe }, signal),
  patterns: ({ account, period, timeframe }, signal) => getPatterns({ ...account, ...period, timeframe }, signal),
};

/**
 * @typedef {object} Kinds
 * @property {import('../server/answers.js').Statistics} statistics
 * @property {import('../server/answers.js').Equity} equity
 * @property {import('../server/answers.js').Trade[]} trades
 * @property {import('../server/answers.js').CandleStatistics} candles
 * @property {import('../server/answers.js').Patterns} patterns
 */

/** @typedef {keyof Kinds} Kind */

const KINDS = /** @type {Kind[]} */ (Object.keys(QUESTIONS));
/** @type {readonly Kind[]} */
const MARKET = ['candles', 'patterns'];

/** @returns {Known<any>} */
const nothing = () => ({ value: null, waiting: true, problem: null });

/** @param {State} state */
export function createSource(state) {
  const answers = /** @type {{ [K in Kind]: import('nanostores').WritableAtom<Known<Kinds[K]>> }} */ (
    Object.fromEntries(KINDS.map((kind) => [kind, atom(nothing())]))
  );
  let errand = new AbortController();
  /** What is shown. @type {Choice | null} */
  let chosen = null;
  /** Of which snapshot each kind was asked. @type {Map<Kind, { snapshot: string, newest: number }>} */
  const asked = new Map();
  /** @type {Set<Kind>} */
  const busy = new Set();
  /** Of which snapshot a kind was refused. @type {Map<Kind, string>} */
  const failed = new Map();

  function refresh() {
    const status = state.status.get();
    const account = accountOf(status, state.account.get());
    if (!status || !account) return;
    const period = state.period.get() ?? {};
    const change = changed(chosen, { account, period });
    chosen = { account, period, timeframe: timeframeOf(status, account.pair) };
    if (change === 'account' || change === 'period') {
      errand.abort();
      errand = new AbortController();
      busy.clear();
      asked.clear();
      failed.clear();
      for (const kind of KINDS) {
        const { value } = answers[kind].get();
        put(kind, { value: change === 'account' ? null : value, waiting: true, problem: null });
      }
    }
    if (state.lostSince.get() !== null || !status.snapshot || status.database.state !== 'ok') return;
    const { id, newest } = status.snapshot;
    for (const kind of KINDS) {
      const before = asked.get(kind);
      if (before?.snapshot === id || failed.get(kind) === id || busy.has(kind)) continue;
      if (MARKET.includes(kind)) {
        if (before && (newest ?? 0) - before.newest < RENEW) continue;
        if (KINDS.some((each) => busy.has(each) && !MARKET.includes(each))) continue; // the account comes first
      }
      ask(kind, id, newest ?? 0, errand.signal);
    }
  }

  /**
   * @param {Kind} kind
   * @param {string} snapshot
   * @param {number} newest
   * @param {AbortSignal} signal
   */
  async function ask(kind, snapshot, newest, signal) {
    if (!chosen) return;
    busy.add(kind);
    asked.set(kind, { snapshot, newest });
    try {
      const value = await QUESTIONS[kind](chosen, signal);
      if (signal.aborted) return;
      put(kind, { value, waiting: false, problem: null });
    } catch (error) {
      if (signal.aborted) return;
      asked.delete(kind);
      put(kind, { ...answers[kind].get(), waiting: false, problem: told(error) });
      failed.set(kind, snapshot); // the next snapshot asks again, or the reader does
    }
    busy.delete(kind);
    refresh();
  }

  /**
   * @param {Kind} kind
   * @param {Known<any>} known
   */
  const put = (kind, known) => answers[kind].set(known);

  /** @param {number | null} since */
  function found(since) {
    if (since === null) failed.clear();
    refresh();
  }

  const stop = [
    state.account.listen(refresh),
    state.period.listen(refresh),
    state.lostSince.listen(found),
    state.status.subscribe(refresh),
  ];
  return {
    ...answers,
    /** Ask again for what could not be answered. */
    retry() {
      for (const kind of KINDS)
        if (answers[kind].get().problem) put(kind, { ...answers[kind].get(), waiting: true, problem: null });
      failed.clear();
      refresh();
    },
    dispose() {
      errand.abort();
      for (const end of stop) end();
    },
  };
}

/** @typedef {ReturnType<typeof createSource>} Source */

/**
 * The timeframe the pair is traded on, where the server can be asked for it.
 * @param {import('../server/answers.js').Status} status
 * @param {string} traded
 */
function timeframeOf({ configurations }, traded) {
  const newest = configurations.findLast(({ pair }) => pair === traded)?.parameters.chart_timeframe;
  return typeof newest === 'string' && isTimeframe(newest) ? newest : undefined;
}

/**
 * What another choice changes: a period of the same length that has moved on by less than a day is the same one, later.
 * @param {{ account: Account, period: Range } | null} was
 * @param {{ account: Account, period: Range }} now
 * @returns {'account' | 'period' | 'later' | null}
 */
export function changed(was, now) {
  if (was?.account.pair !== now.account.pair || was.account.mode !== now.account.mode) return 'account';
  const [a, b] = [was.period, now.period];
  if (a.from === b.from && a.to === b.to) return null;
  if (a.from === undefined || b.from === undefined || a.to === undefined || b.to === undefined) return 'period';
  const moved = b.to - a.to;
  return moved === b.from - a.from && moved > 0 && moved < 86_400_000 / 2 ? 'later' : 'period';
}

/** @param {unknown} error */
function told(error) {
  if (error instanceof ServerLost) return 'The server does not answer.';
  if (error instanceof Refused) return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  if (error instanceof BadAnswer) return `This page does not understand the server (${error.message}): reload it.`;
  throw error;
}
