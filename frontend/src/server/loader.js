/**
 * Keeps the page's bars and status what the server has: the first page of bars, older and newer ones as the chart
 * nears an edge, the growing end every minute, and a cheap question every few seconds whether anything is new.
 */

import { firstBars, indexAt, lastBars, noBars, withOlder, withTail } from '../state/bars.js';
import { newestMinute } from '../state/pair.js';
import { notify } from '../state/state.js';
import { SPANS } from '../state/timeframes.js';
import { BadAnswer } from './answers.js';
import { getCandles, getStatus, Refused, ServerLost } from './api.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Held} Held */
/** @typedef {import('./answers.js').Candles} Candles */

/** Bars asked for at once. */
const PAGE = 2000;
/** Bars held at most, unless more are seen at once; the far end is let go and asked for again when needed. */
export const MOST = 5_000;
const POLL = import.meta.env.MODE === 'test' ? 1_000 : 5_000;
const REFRESH = 60_000;

/** @param {State} state */
export function createLoader(state) {
  let errand = new AbortController();
  /** @type {string | null} */
  let etag = null;
  let clockOffset = 0;
  let asking = false;
  let askAgain = false;
  let missed = false;
  /** The copy that the newest bars held were read from. */
  let told = '';
  /** Where the chart shall look, as soon as there is something to see. @type {import('../state/state.js').Place} */
  let wanted = { at: 'newest' };

  /**
   * Bars of the chart's pair and timeframe.
   * @param {{ from?: number, to?: number, limit: number }} range
   * @param {AbortSignal} signal
   */
  function bars(range, signal) {
    const pair = state.pair.get();
    return getCandles({ timeframe: state.timeframe.get(), ...range, ...(pair === null ? {} : { pair }) }, signal);
  }

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
    else if (error instanceof Refused && error.code === 'unknown_pair' && state.pair.get() !== null) {
      notify(state, `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`);
      state.pair.set(null); // of a link, or remembered from another database
      open(wanted, true);
    } else if (error instanceof Refused) state.refusal.set(error.message);
    else if (error instanceof BadAnswer)
      state.refusal.set(`This page does not understand the server (${error.message}): reload it.`);
    else throw error;
  }

  /** How many bars may be held now: two views' worth at least, and all of them while the reader has them in hand. */
  const most = () =>
    state.grabbed.get() ? Number.POSITIVE_INFINITY : Math.max(MOST, Math.ceil(2 * (state.view.get().bars ?? 0)));

  /** @param {Candles} answer */
  const reachesNewest = ({ candles, newest, timeframe }) => {
    const last = candles.timestamp.at(-1);
    return last === undefined || newest === null || last + SPANS[/** @type {'1m'} */ (timeframe)] > newest;
  };

  const readable = () => state.status.get()?.database.state === 'ok';

  /**
   * Load the timeframe anew around a place, and look there.
   * @param {import('../state/state.js').Place} place
   * @param {boolean} [early] before the status has come: there is a database, and it will do
   */
  async function open(place, early = false) {
    const instant = centreOf(place);
    wanted = place;
    errand.abort();
    errand = new AbortController();
    if (!early && !readable()) {
      state.loading.set(null); // what was under way has ended: the next news of the server leads to `wanted`
      return;
    }
    const timeframe = state.timeframe.get();
    const span = SPANS[timeframe];
    await fetching('bars', async (signal) => {
      const newest = newestMinute(state);
      const nearNewest = instant === null || (newest !== null && newest - instant < (PAGE / 2) * span);
      const answer = nearNewest
        ? await bars({ limit: PAGE }, signal)
        : await bars({ from: Math.max(0, Math.floor(instant - (PAGE / 2) * span)), limit: PAGE }, signal);
      const { candles } = answer;
      told = answer.snapshot.id;
      state.held.set({
        timeframe,
        bars: candles,
        forming: answer.forming,
        live: reachesNewest(answer),
        complete: nearNewest && candles.timestamp.length < PAGE,
        place,
      });
    });
  }

  /** Load the page before the first bar. */
  async function older() {
    const held = state.held.get();
    if (state.loading.get() || held.complete || held.bars.timestamp.length === 0) return;
    await fetching('older', async (signal) => {
      const answer = await bars({ to: held.bars.timestamp[0], limit: PAGE }, signal);
      const all = withOlder(held.bars, answer.candles);
      const dropped = all.timestamp.length > most();
      state.held.set({
        ...held,
        bars: dropped ? firstBars(all, most()) : all,
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
      const answer = await bars({ from: last, limit: PAGE }, signal);
      if (indexAt(answer.candles.timestamp, last) !== 0) {
        // The bar is gone: another database lies there now.
        state.held.set({ ...held, bars: noBars() });
        return;
      }
      told = answer.snapshot.id;
      const all = withTail(held.bars, answer.candles);
      const dropped = all.timestamp.length > most();
      state.held.set({
        ...held,
        bars: dropped ? lastBars(all, most()) : all,
        complete: held.complete && !dropped,
        live: reachesNewest(answer),
        forming: answer.forming,
        place: { at: 'same' },
      });
    });
    if (state.held.get().bars.timestamp.length === 0) await open({ at: 'newest' });
  }

  /** Let go of what was kept only because the reader had the chart in hand: the end farther from the view. */
  function trim() {
    const held = state.held.get();
    const { timestamp } = held.bars;
    if (state.loading.get() || timestamp.length <= most()) return;
    const old = indexAt(timestamp, state.view.get().centre ?? 0) < timestamp.length / 2;
    state.held.set(
      old
        ? { ...held, bars: firstBars(held.bars, most()), live: false, forming: false, place: { at: 'same' } }
        : { ...held, bars: lastBars(held.bars, most()), complete: false, place: { at: 'same' } },
    );
  }

  /** Take what is new at the growing end. */
  async function refresh() {
    if (!readable()) return;
    missed = state.loading.get() !== null;
    if (missed) return; // done as soon as what is under way has come
    const held = state.held.get();
    const wrong = held.timeframe !== state.timeframe.get(); // chosen while nobody answered
    if (wrong || held.bars.timestamp.length === 0) await open(wanted);
    else if (held.live && told !== state.status.get()?.snapshot?.id) await newer();
  }

  /** Ask whether anything is new. */
  async function poll() {
    if (asking) {
      askAgain = true; // the answer under way may be older than what makes us ask
      return;
    }
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
      if (askAgain) {
        askAgain = false;
        poll();
      }
    }
  }

  /**
   * Take the bars held anew: from this instant on the past changed.
   * @param {number} instant ms
   */
  async function refreshFrom(instant) {
    const { bars: known, timeframe, live } = state.held.get();
    const last = known.timestamp.at(-1);
    if (last === undefined || last + SPANS[timeframe] <= instant || timeframe !== state.timeframe.get()) return;
    await fetching('bars', async (signal) => {
      const from = known.timestamp[Math.max(0, indexAt(known.timestamp, instant))];
      const to = live ? {} : { to: last + SPANS[timeframe] };
      const { candles } = await bars({ from, ...to, limit: MOST }, signal);
      const held = state.held.get();
      const changed = lastBars(withTail(held.bars, candles), MOST);
      state.held.set({ ...held, bars: changed, place: { at: 'same' } });
    });
  }

  function tick() {
    state.now.set(Date.now() + clockOffset);
  }

  /**
   * Begin; gives the function that ends it.
   * @param {import('../state/state.js').Place} place where the chart looks first
   */
  function start(place) {
    wanted = place;
    // Nobody tells when a sync begins to fail: the status is asked for as well.
    const lookAgain = () => {
      refresh();
      poll();
    };
    /** @param {() => void} act */
    const whenSeen = (act) => () => {
      if (document.visibilityState === 'visible') act();
    };
    const seen = whenSeen(poll);
    const unlessTold = whenSeen(() => {
      if (!state.live.get()) poll();
    });
    const timers = [setInterval(tick, 1000), setInterval(unlessTold, POLL), setInterval(whenSeen(lookAgain), REFRESH)];
    document.addEventListener('visibilitychange', seen);
    const letGo = state.grabbed.listen((grabbed) => {
      if (!grabbed) trim();
    });
    if (document.body.dataset.database) open(place, true);
    poll();
    return () => {
      letGo();
      errand.abort();
      timers.forEach(clearInterval);
      document.removeEventListener('visibilitychange', seen);
    };
  }

  return { start, open, older, newer, refresh, refreshFrom, poll };
}

/**
 * The instant in the middle of a place; null at the newest bar.
 * @param {import('../state/state.js').Place} place
 */
function centreOf(place) {
  if (place.at === 'instant') return place.instant;
  return place.at === 'range' ? (place.from + place.to) / 2 : null;
}

/** @typedef {ReturnType<typeof createLoader>} Loader */
