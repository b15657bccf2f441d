/**
 * Keeps the page's bars and status what the server has: the first page of bars, older and newer ones as the chart
 * nears an edge, the growing end every minute, and a cheap question every few seconds whether anything is new.
 */

import { BadAnswer } from './answers.js';
import { getCandles, getStatus, Refused, ServerLost } from './api.js';
import { firstBars, indexAt, lastBars, noBars, withOlder, withTail } from './bars.js';
import { SPANS } from './timeframes.js';

/** @typedef {import('./state.js').State} State */
/** @typedef {import('./state.js').Held} Held */
/** @typedef {import('./answers.js').Candles} Candles */

/** Bars asked for at once. */
const PAGE = 2000;
/** Bars held at most; beyond it the far end is let go and asked for again when needed. */
export const MOST = 20_000;
const POLL = import.meta.env.MODE === 'test' ? 1_000 : 5_000;
const REFRESH = 60_000;

/** @param {State} state */
export function createLoader(state) {
  let errand = new AbortController();
  /** @type {string | null} */
  let etag = null;
  let clockOffset = 0;
  let asking = false;
  let missed = false;

  /**
   * Run one question at a time; a new timeframe ends the old one's questions.
   * @param {'bars' | 'older' | 'newer'} kind
   * @param {(signal: AbortSignal) => Promise<void>} ask
   */
  async function fetching(kind, ask) {
    const mine = errand;
    state.loading.set(kind);
    try {
      await ask(mine.signal);
      state.refusal.set(null);
    } catch (error) {
      if (mine.signal.aborted) return;
      fail(error);
    } finally {
      if (mine === errand) {
        state.loading.set(null);
        if (missed) await refresh();
      }
    }
  }

  /** @param {unknown} error */
  function fail(error) {
    if (error instanceof ServerLost) state.lostSince.set(state.lostSince.get() ?? Date.now());
    else if (error instanceof Refused) state.refusal.set(error.message);
    else if (error instanceof BadAnswer)
      state.refusal.set(`This page does not understand the server (${error.message}): reload it.`);
    else throw error;
  }

  /** @param {Candles} answer */
  const reachesNewest = ({ candles, snapshot, timeframe }) => {
    const last = candles.timestamp.at(-1);
    return (
      last === undefined || snapshot.newest === null || last + SPANS[/** @type {'1m'} */ (timeframe)] > snapshot.newest
    );
  };

  const readable = () => state.status.get()?.database.state === 'ok';

  /**
   * Load a timeframe anew, looking at an instant or at the newest bar.
   * @param {number | null} instant ms
   */
  async function open(instant) {
    errand.abort();
    errand = new AbortController();
    if (!readable()) return;
    const timeframe = state.timeframe.get();
    const span = SPANS[timeframe];
    await fetching('bars', async (signal) => {
      const newest = state.status.get()?.snapshot?.newest ?? null;
      const nearNewest = instant === null || newest === null || newest - instant < (PAGE / 2) * span;
      const answer = nearNewest
        ? await getCandles({ timeframe, limit: PAGE }, signal)
        : await getCandles(
            { timeframe, from: Math.max(0, Math.floor(instant - (PAGE / 2) * span)), limit: PAGE },
            signal,
          );
      const { candles: bars } = answer;
      state.held.set({
        timeframe,
        bars,
        forming: answer.forming,
        live: reachesNewest(answer),
        complete: nearNewest && bars.timestamp.length < PAGE,
        zeroAt: bars.timestamp[0] ?? 0,
        place: instant === null ? { at: 'newest' } : { at: 'instant', instant },
      });
    });
  }

  /** Load the page before the first bar. */
  async function older() {
    const held = state.held.get();
    if (state.loading.get() || held.complete || held.bars.timestamp.length === 0) return;
    await fetching('older', async (signal) => {
      const { timeframe } = held;
      const answer = await getCandles({ timeframe, to: held.bars.timestamp[0], limit: PAGE }, signal);
      const bars = withOlder(held.bars, answer.candles);
      const dropped = bars.timestamp.length > MOST;
      state.held.set({
        ...held,
        bars: dropped ? firstBars(bars, MOST) : bars,
        complete: answer.candles.timestamp.length < PAGE,
        live: held.live && !dropped,
        forming: held.forming && !dropped,
        place: { at: 'same' },
      });
    });
  }

  /** Load the page behind the last bar, that bar included: it may have grown. */
  async function newer() {
    const held = state.held.get();
    const last = held.bars.timestamp.at(-1);
    if (state.loading.get() || last === undefined) return;
    await fetching('newer', async (signal) => {
      const { timeframe } = held;
      const answer = await getCandles({ timeframe, from: last, limit: PAGE }, signal);
      if (indexAt(answer.candles.timestamp, last) !== 0) {
        // The bar is gone: another database lies there now.
        state.held.set({ ...held, bars: noBars() });
        return;
      }
      const bars = withTail(held.bars, answer.candles);
      const dropped = bars.timestamp.length > MOST;
      state.held.set({
        ...held,
        bars: dropped ? lastBars(bars, MOST) : bars,
        complete: held.complete && !dropped,
        live: reachesNewest(answer),
        forming: answer.forming,
        place: { at: 'same' },
      });
    });
    if (state.held.get().bars.timestamp.length === 0) await open(null);
  }

  /** Take what is new at the growing end. */
  async function refresh() {
    if (!readable()) return;
    missed = state.loading.get() !== null;
    if (missed) return; // done as soon as what is under way has come
    const held = state.held.get();
    const wrong = held.timeframe !== state.timeframe.get(); // chosen while nobody answered
    if (wrong || held.bars.timestamp.length === 0) await open(null);
    else if (held.live) await newer();
  }

  /** Ask whether anything is new. */
  async function poll() {
    if (asking) return;
    asking = true;
    try {
      const answer = await getStatus(etag);
      const wasLost = state.lostSince.get() !== null;
      state.lostSince.set(null);
      if (answer) {
        etag = answer.etag;
        clockOffset = answer.status.now - Date.now();
        tick();
        state.status.set(answer.status);
      }
      if (answer || wasLost || state.refusal.get()) await refresh();
    } catch (error) {
      fail(error);
    } finally {
      asking = false;
    }
  }

  function tick() {
    state.now.set(Date.now() + clockOffset);
  }

  /** Begin; gives the function that ends it. */
  function start() {
    /** @param {() => void} act */
    const whenSeen = (act) => () => {
      if (document.visibilityState === 'visible') act();
    };
    const seen = whenSeen(poll);
    const timers = [setInterval(tick, 1000), setInterval(seen, POLL), setInterval(whenSeen(refresh), REFRESH)];
    document.addEventListener('visibilitychange', seen);
    poll();
    return () => {
      errand.abort();
      timers.forEach(clearInterval);
      document.removeEventListener('visibilitychange', seen);
    };
  }

  return { start, open, older, newer, refresh, poll };
}

/** @typedef {ReturnType<typeof createLoader>} Loader */
