/**
 * The data of what lies over the bars, for the time that is seen: the strategy's crosses and zones with its setups, or
 * those of the shown timeframe; the CVD through each shown bar; how complete the bars are; each exchange's own bars.
 */

import { atom } from 'nanostores';
import { accountNow } from '../panel/accounts.js';
import { BadAnswer } from '../server/answers.js';
import { getCandles, getCompleteness, getIndicators, getSetups, Refused } from '../server/api.js';
import { newestMinute, pairOf } from '../state/pair.js';
import { notify } from '../state/state.js';
import { isTimeframe, MINUTE, SPANS } from '../state/timeframes.js';
import { createStretch } from './stretch.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/timeframes.js').Timeframe} Timeframe */
/** @typedef {import('../server/answers.js').Indicators} Indicators */
/** @typedef {import('../server/answers.js').Setup} Setup */

/** Of more bars than this at once crosses and zones are not asked for: nobody could tell them apart. */
export const MOST_SIGNALS = 8_000;

/**
 * What the strategy saw and did in the time shown.
 * @typedef {{ timeframe: Timeframe, answer: Indicators | null, setups: Setup[] }} Signals
 */

/** @typedef {{ exchange: string, bars: import('../server/answers.js').Bars }} Venue */

/**
 * @param {State} state
 * @param {import('nanostores').ReadableAtom<{ from: number, to: number } | null>} seen what the chart shows, ms
 */
export function createOverlayData(state, seen) {
  const signals = atom(/** @type {Signals} */ ({ timeframe: '5m', answer: null, setups: [] }));
  const shown = atom(/** @type {Indicators | null} */ (null));
  const completeness = atom(/** @type {import('../server/answers.js').Completeness | null} */ (null));
  const venues = atom(/** @type {Venue[]} */ ([]));
  /** Whether so much is seen that crosses and zones are left out. */
  const tooMany = atom(false);

  const pair = () => pairOf(state) ?? null;
  /** The configuration the pair's bot ran with last. */
  const parameters = () => state.status.get()?.configurations.findLast((row) => row.pair === pair())?.parameters ?? {};

  /** The strategy's own timeframe, if the server can show it. @returns {Timeframe} */
  function ownTimeframe() {
    const own = parameters().chart_timeframe ?? '5m';
    return isTimeframe(own) ? own : state.held.get().timeframe;
  }

  const signalTimeframe = () => (state.signalsOf.get() === 'strategy' ? ownTimeframe() : state.held.get().timeframe);

  /**
   * @param {string} what
   * @param {Timeframe} timeframe
   * @returns {import('./stretch.js').Wanted | null}
   */
  function wanted(what, timeframe) {
    const status = state.status.get();
    const view = seen.get();
    const of = pair();
    if (!view || !status?.snapshot || status.database.state !== 'ok') return null;
    if (!of || state.lostSince.get() !== null) return null;
    const { id } = status.snapshot;
    const newest = newestMinute(state);
    return { key: `${what} ${of} ${timeframe}`, version: id, newest, ...view, span: SPANS[timeframe] };
  }

  /** @param {unknown} error */
  function fail(error) {
    if (error instanceof Refused) notify(state, error.message);
    else if (error instanceof BadAnswer) notify(state, `This page does not understand the server (${error.message}).`);
    // a lost server is the loader's news
  }

  const signalsKept = createStretch({
    wanted() {
      const { gaps, blocks, signals: crosses } = state.overlays.get();
      const timeframe = signalTimeframe();
      const want = gaps || blocks || crosses ? wanted('signals', timeframe) : null;
      const many = want !== null && (want.to - want.from) / want.span > MOST_SIGNALS / 3;
      tooMany.set(many);
      return many ? null : want;
    },
    async ask({ from, to }, signal) {
      const of = pair() ?? undefined;
      const timeframe = signalTimeframe();
      const mode = accountNow(state)?.mode === 'backtest' ? 'backtest' : 'paper';
      const [answer, told] = await Promise.all([
        getIndicators({ timeframe, from, to, pair: of }, signal),
        state.signalsOf.get() === 'strategy' && of ? getSetups({ pair: of, mode, from, to }, signal) : null,
      ]);
      return { timeframe, answer, setups: told?.setups ?? [] };
    },
    put: (answer) => signals.set(answer ?? { timeframe: signalTimeframe(), answer: null, setups: [] }),
    fail,
  });

  const shownKept = createStretch({
    wanted() {
      const timeframe = state.held.get().timeframe;
      const within = state.cvdForm.get() === 'candles' && timeframe !== '1m';
      return state.cvd.get() === 'anchored' || within ? wanted('shown', timeframe) : null;
    },
    ask: ({ from, to }, signal) =>
      getIndicators({ timeframe: state.held.get().timeframe, from, to, pair: pair() ?? undefined }, signal),
    put: (answer) => shown.set(answer),
    fail,
  });

  const completenessKept = createStretch({
    wanted: () => (state.overlays.get().completeness ? wanted('completeness', state.held.get().timeframe) : null),
    ask: ({ from, to }, signal) =>
      getCompleteness({ timeframe: state.held.get().timeframe, from, to, pair: pair() ?? undefined }, signal),
    put: (answer) => completeness.set(answer),
    fail,
  });

  const venuesKept = createStretch({
    wanted: () => (state.overlays.get().venues ? wanted('venues', state.held.get().timeframe) : null),
    async ask({ from, to }, signal) {
      const timeframe = state.held.get().timeframe;
      const configured = state.status.get()?.exchanges.map(({ exchange }) => exchange) ?? [];
      const answers = await Promise.all(
        configured.map((exchange) => getCandles({ timeframe, from, to, exchange, pair: pair() ?? undefined }, signal)),
      );
      return answers.map(({ candles }, index) => ({ exchange: configured[index], bars: candles }));
    },
    put: (answer) => venues.set(answer ?? []),
    fail,
  });

  const kept = [signalsKept, shownKept, completenessKept, venuesKept];
  const check = () => {
    for (const each of kept) each.check();
  };
  const stop = [
    seen,
    state.held,
    state.status,
    state.overlays,
    state.signalsOf,
    state.cvd,
    state.cvdForm,
    state.account,
    state.pair,
    state.lostSince,
  ].map((part) => /** @type {import('nanostores').ReadableAtom<any>} */ (part).listen(check));

  return {
    signals,
    shown,
    completeness,
    venues,
    tooMany,
    ownTimeframe,
    /** Length of the strategy's anchor period as it is written, such as `15m`. */
    anchor: () => String(parameters().anchor_period ?? '15m'),
    /** Whether the strategy takes the side of its volume from the candles' colours, not from the trades. */
    byPolarity: () => parameters().delta_source === 'polarity',
    dispose() {
      for (const end of stop) end();
      for (const each of kept) each.stop();
    },
  };
}

/** @typedef {ReturnType<typeof createOverlayData>} OverlayData */

/**
 * How far into its bar a mark of a timeframe stands, ms: at the bar's last minute where shorter bars are shown.
 * @param {Timeframe} of
 * @param {number} span length of a shown bar, ms
 */
export const lateBy = (of, span) => (span < SPANS[of] ? SPANS[of] - MINUTE : 0);
