/**
 * Asks for what the dashboard shows of the chosen account in the period, and keeps the answers up to date.
 *
 * A new snapshot renews the answers in their place, one question of a kind at a time, so that nothing flickers and
 * snapshots that come faster than answers starve nobody. Another account or period is asked for at once. Figures of the
 * market change slowly and cost most: they are asked when those of the account are there, and anew every RENEW of new
 * minutes.
 */

import { accountNow } from '../panel/accounts.js';
import { getCandleStatistics, getEquity, getPatterns, getStatistics, getTrades } from '../server/api.js';
import { resource } from '../server/resource.js';
import { isTimeframe } from '../state/timeframes.js';
import { ROWS } from './equity.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Account} Account */
/** @typedef {import('../server/api.js').Range} Range */

/** Of new minutes, ms. */
const RENEW = 600_000;

/**
 * @template T
 * @typedef {import('../server/resource.js').Known<T>} Known
 */

/** @typedef {{ account: Account, period: Range, timeframe: string | undefined }} Choice */

/** @type {{ [K in keyof Kinds]: (choice: Choice, signal: AbortSignal) => Promise<Kinds[K]> }} */
const QUESTIONS = {
  statistics: ({ account, period }, signal) => getStatistics({ ...account, ...period }, signal),
  equity: ({ account, period }, signal) => getEquity({ ...account, ...period, points: ROWS }, signal),
  trades: async ({ account, period }, signal) =>
    (await getTrades({ ...account, ...period }, signal)).trades.filter(({ counted }) => counted),
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

/** @param {State} state */
export function createSource(state) {
  const resources = /** @type {{ [K in Kind]: import('../server/resource.js').Resource<Choice, Kinds[K]> }} */ (
    Object.fromEntries(KINDS.map((kind) => [kind, resource(/** @type {any} */ (QUESTIONS[kind]))]))
  );
  /** What is shown. @type {Choice | null} */
  let chosen = null;
  /** How many there were. */
  let choices = 0;
  /** Whether the newest is of the same account as the one before. */
  let keep = false;
  /** Of which snapshot the figures of the market are. @type {Map<Kind, { key: string, id: string, newest: number }>} */
  const asked = new Map();

  function refresh() {
    const status = state.status.get();
    const account = accountNow(state);
    if (!status || !account) return;
    const period = state.period.get() ?? {};
    const change = changed(chosen, { account, period });
    chosen = { account, period, timeframe: timeframeOf(status, account.pair) };
    if (change === 'account' || change === 'period') {
      choices += 1;
      keep = change === 'period';
    }
    const lost = state.lostSince.get() !== null || status.database.state !== 'ok';
    const snapshot = lost ? null : status.snapshot;
    const key = String(choices);
    for (const kind of KINDS)
      resources[kind].want({ key, version: versionOf(kind, key, snapshot), question: chosen, keep });
  }

  /**
   * Of which snapshot a kind is asked; null while it is not.
   * @param {Kind} kind
   * @param {string} key
   * @param {{ id: string, newest: number | null } | null} snapshot
   */
  function versionOf(kind, key, snapshot) {
    if (!snapshot || !MARKET.includes(kind)) return snapshot?.id ?? null;
    const before = asked.get(kind);
    const newest = snapshot.newest ?? 0;
    const fresh = before?.key === key && newest - before.newest < RENEW;
    if (fresh && resources[kind].known.get().problem === null) return before.id;
    const first = KINDS.some((each) => !MARKET.includes(each) && resources[each].busy());
    if (first) return null; // the account comes first
    asked.set(kind, { key, id: snapshot.id, newest });
    return snapshot.id;
  }

  /** @param {number | null} since */
  function found(since) {
    if (since === null) for (const kind of KINDS) resources[kind].again();
    refresh();
  }

  const stop = [
    state.account.listen(refresh),
    state.period.listen(refresh),
    state.lostSince.listen(found),
    state.status.subscribe(refresh),
    ...KINDS.filter((kind) => !MARKET.includes(kind)).map((kind) =>
      resources[kind].known.listen(({ waiting }) => {
        if (!waiting) refresh();
      }),
    ),
  ];
  const { statistics, equity, trades, candles, patterns } = resources;
  return {
    statistics: statistics.known,
    equity: equity.known,
    trades: trades.known,
    candles: candles.known,
    patterns: patterns.known,
    /** Ask again for what could not be answered. */
    retry() {
      for (const kind of KINDS) resources[kind].retry();
      refresh();
    },
    dispose() {
      for (const end of stop) end();
      for (const kind of KINDS) resources[kind].dispose();
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
