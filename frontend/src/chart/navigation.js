/**
 * Moving the view: to the newest bar, to an instant, to a range. What lies in the bars held is only looked at; the rest
 * is loaded first. Every part that moves the chart does it through here.
 */

import { getCandles } from '../server/api.js';
import { pairOf } from '../state/pair.js';
import { SPANS } from '../state/timeframes.js';
import { timeframeFor } from './ranges.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Place} Place */

/**
 * @param {State} state
 * @param {import('../server/loader.js').Loader} loader
 * @param {import('./chart.js').Chart} chart
 */
export function createNavigation(state, loader, chart) {
  /** The place the next change of timeframe leads to. @type {Place | null} */
  let wanted = null;

  /**
   * @param {Place} place
   * @param {import('../state/timeframes.js').Timeframe} [timeframe]
   */
  function show(place, timeframe = state.timeframe.get()) {
    state.dashboard.set(false);
    if (timeframe !== state.timeframe.get()) {
      wanted = place;
      state.timeframe.set(timeframe);
    } else if (!chart.look(place)) loader.open(place);
  }

  /** Another timeframe shows the same time, unless a range was asked for. */
  function changed() {
    const { following, centre } = state.view.get();
    loader.open(wanted ?? (following || centre === null ? { at: 'newest' } : { at: 'instant', instant: centre }));
    wanted = null;
  }
  state.timeframe.listen(changed);
  state.pair.listen(() => loader.open({ at: 'newest' }));

  return {
    /** Show the newest bar, `bars` of them if given. @param {number} [bars] */
    newest: (bars) => show({ at: 'newest', bars }),

    /**
     * Show an instant in the middle.
     * @param {number} instant ms
     */
    goTo: (instant) => show({ at: 'instant', instant }),

    /**
     * Show `[from, to)` in ms over the whole width, in the timeframe that is shown if its bars can be told apart
     * there, else in the finest whose can. `share` leaves room: 0.6 lets the range fill 60 % of the width.
     * @param {number} from
     * @param {number} to
     * @param {{ share?: number, keepTimeframe?: boolean }} [options]
     */
    range(from, to, { share = 1, keepTimeframe = false } = {}) {
      const room = ((to - from) * (1 / share - 1)) / 2;
      const shown = state.timeframe.get();
      show(
        { at: 'range', from: from - room, to: to + room },
        keepTimeframe ? shown : timeframeFor(to - from + 2 * room, shown),
      );
    },

    /** Show the last `ms` before the newest minute. @param {number} ms */
    last(ms) {
      const timeframe = timeframeFor(ms, state.timeframe.get());
      show({ at: 'newest', bars: ms / SPANS[timeframe] }, timeframe);
    },

    /** Show everything that is stored. */
    async all() {
      const pair = pairOf(state);
      const { candles, newest } = await getCandles({ timeframe: '1d', from: 0, limit: 1, pair });
      const [first] = candles.timestamp;
      if (first === undefined || newest === null) return;
      const timeframe = timeframeFor(newest - first, state.timeframe.get());
      show({ at: 'newest', bars: (newest - first) / SPANS[timeframe] }, timeframe);
    },
  };
}

/** @typedef {ReturnType<typeof createNavigation>} Navigation */
