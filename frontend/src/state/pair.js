/**
 * Which pair is shown, and what is forgotten when another one is chosen: nothing of one pair is ever seen beside another.
 */

import { noBars } from './bars.js';

/** @typedef {import('./state.js').State} State */

/**
 * The chosen pair, else the first that the server tells of.
 * @param {State} state
 */
export const pairOf = (state) => state.pair.get() ?? state.status.get()?.pairs[0];

/**
 * What the server tells of the pair that is shown; null while it tells nothing.
 * @param {State} state
 */
export const detailsOf = (state) => state.status.get()?.pair_details.find(({ name }) => name === pairOf(state)) ?? null;

/**
 * Open of the newest stored minute of the pair that is shown, ms; null where none is known.
 * @param {State} state
 */
export const newestMinute = (state) => detailsOf(state)?.last_candle?.timestamp ?? null;

/**
 * Show another pair: in the same mode where it has trades of it.
 * @param {State} state
 * @param {string} pair
 */
export function choosePair(state, pair) {
  if (pair === pairOf(state)) return;
  const mode = state.account.get()?.mode;
  const traded = state.status.get()?.trades.some((each) => each.pair === pair && each.mode === mode);
  state.pair.set(pair);
  state.account.set(mode !== undefined && traded ? { pair, mode } : null);
}

/**
 * Forget what was of one pair as soon as another one is chosen.
 * @param {State} state
 */
export const forgetWithPair = (state) =>
  state.pair.listen(() => {
    state.selected.set(null);
    state.tried.set({});
    state.whatif.set(null);
    state.trades.set(null);
    state.order.set(null);
    state.setups.set(null);
    state.current.set(null);
    state.pointed.set({ values: null, hole: null });
    state.autoScale.set(true);
    state.held.set({ ...state.held.get(), bars: noBars(), forming: false, live: true, complete: true });
  });
