/**
 * What the page knows, in one place: each part mounts on what it shows, the loader alone writes what the server says.
 */

import { atom } from 'nanostores';
import { noBars } from './bars.js';
import { isTimeframe } from './timeframes.js';

/** @typedef {import('./timeframes.js').Timeframe} Timeframe */
/** @typedef {import('./bars.js').Bars} Bars */
/** @typedef {import('./answers.js').Status} Status */
/** @typedef {import('./feed.js').Values} Values */

/**
 * The bars held, and how they came to differ from those before.
 * @typedef {object} Held
 * @property {Timeframe} timeframe
 * @property {Bars} bars
 * @property {boolean} forming the last bar may still grow
 * @property {boolean} live nothing newer is stored
 * @property {boolean} complete nothing older is stored
 * @property {number} zeroAt where the running CVD is zero, ms
 * @property {Place} place
 */

/**
 * Where the chart looks after a change: where it looked, at the newest bar, or at an instant.
 * @typedef {{ at: 'same' } | { at: 'newest' } | { at: 'instant', instant: number }} Place
 */

/**
 * What the mouse points at: a bar, an empty slot (`hole`), or nothing.
 * @typedef {object} Pointed
 * @property {Values | null} values
 * @property {{ from: number, to: number } | null} hole
 */

/**
 * What is drawn over the candles. `stops` are the levels of the open position and of the selected trade, `venues` the
 * CVD and the volume of each exchange.
 * @typedef {{ zones: boolean, signals: boolean, trades: boolean, stops: boolean, delta: boolean, cvd: boolean, venues: boolean }} Layers
 */

/** @typedef {ReturnType<typeof createState>} State */

const STORED = 'cvdbot.timeframe';

export function createState() {
  const asked = new URLSearchParams(location.search).get('tf') ?? localStorage.getItem(STORED);
  const state = {
    /** @type {import('nanostores').WritableAtom<Timeframe>} */
    timeframe: atom(isTimeframe(asked) ? asked : '5m'),
    /** @type {import('nanostores').WritableAtom<import('./cvd.js').CvdMode>} */
    cvd: atom('anchored'),
    /** @type {import('nanostores').WritableAtom<Held>} */
    held: atom({
      timeframe: '5m',
      bars: noBars(),
      forming: false,
      live: true,
      complete: true,
      zeroAt: 0,
      place: { at: 'newest' },
    }),
    /** @type {import('nanostores').WritableAtom<'bars' | 'older' | 'newer' | null>} what is being fetched */
    loading: atom(null),
    /** @type {import('nanostores').WritableAtom<Status | null>} */
    status: atom(null),
    /** @type {import('nanostores').WritableAtom<number | null>} ms since when the server has not answered */
    lostSince: atom(null),
    /** @type {import('nanostores').WritableAtom<string | null>} why there are no new bars, in the server's words */
    refusal: atom(null),
    /** @type {import('nanostores').WritableAtom<Pointed>} */
    pointed: atom({ values: null, hole: null }),
    /** @type {import('nanostores').WritableAtom<Values | null>} */
    newest: atom(null),
    /** @type {import('nanostores').WritableAtom<{ following: boolean, centre: number | null }>} where the chart looks */
    view: atom({ following: true, centre: null }),
    /** @type {import('nanostores').WritableAtom<number | null>} `id` of the trade whose story is told; the chart goes there */
    selected: atom(null),
    /** @type {import('nanostores').WritableAtom<Layers>} */
    layers: atom({ zones: true, signals: true, trades: true, stops: true, delta: true, cvd: true, venues: false }),
    /** @type {import('nanostores').WritableAtom<'strategy' | 'shown'>} whose signals and zones: the strategy's own, or those of the shown timeframe */
    signals: atom('strategy'),
    /** @type {import('nanostores').WritableAtom<'line' | 'candles'>} */
    cvdLook: atom('line'),
    /** @type {import('nanostores').WritableAtom<{ trades: object[] } | null>} answer of POST /api/backtest laid over the real trades */
    whatif: atom(null),
    /** The server's clock, ms; ticks every second. */
    now: atom(Date.now()),
  };
  state.timeframe.listen((timeframe) => {
    localStorage.setItem(STORED, timeframe);
    const url = new URL(location.href);
    url.searchParams.set('tf', timeframe);
    history.replaceState(null, '', url);
  });
  return state;
}
