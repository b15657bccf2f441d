/**
 * What the page knows and what the reader chose, in one place. Each part mounts on what it shows.
 *
 * Who writes: the loader what the server says of bars and health; the panel's loader trades, order, setups and
 * verification; everything under "chosen" any part, as the reader's choice. What a link carries and what is remembered
 * is view.js's business: nothing else touches the URL or the storage.
 */

import { atom } from 'nanostores';
import { noBars } from './bars.js';

/** @typedef {import('./timeframes.js').Timeframe} Timeframe */
/** @typedef {import('./bars.js').Bars} Bars */
/** @typedef {import('../server/answers.js').Status} Status */
/** @typedef {import('../chart/feed.js').Values} Values */

/**
 * The bars held, and how they came to differ from those before.
 * @typedef {object} Held
 * @property {Timeframe} timeframe
 * @property {Bars} bars
 * @property {boolean} forming the last bar may still grow
 * @property {boolean} live nothing newer is stored
 * @property {boolean} complete nothing older is stored
 * @property {Place} place
 */

/**
 * Where the chart looks after a change: where it looked, at the newest bar, at an instant in the middle, or at a range
 * that fills the width. `bars` is how many are seen; as many as before without it. Instants in ms.
 * @typedef {{ at: 'same' } | { at: 'newest', bars?: number } | { at: 'instant', instant: number, bars?: number }
 *   | { at: 'range', from: number, to: number }} Place
 */

/**
 * What the mouse points at: a bar, an empty slot (`hole`), or nothing.
 * @typedef {object} Pointed
 * @property {Values | null} values
 * @property {{ from: number, to: number } | null} hole
 */

/** @typedef {'trades' | 'setups' | 'whatif' | 'venues'} Tab */
/** @typedef {{ pair: string, mode: string }} Account */
/** @typedef {{ from: number, to: number }} Period half-open, ms */
/** @typedef {'strategy' | 'shown'} SignalsOf the strategy's own timeframe, or the one that is shown */
/** @typedef {'line' | 'candles'} CvdForm */
/** @typedef {'utc' | 'local'} Zone */
/** @typedef {'dark' | 'light'} ThemeName */
/** @typedef {'standard' | 'blue-orange'} Palette */

/** What can be laid over the candles, and whether it is at first. */
export const OVERLAYS = {
  gaps: true,
  blocks: true,
  allzones: false,
  signals: true,
  trades: true,
  position: true,
  venues: false,
  completeness: true,
  configurations: true,
};

/** @typedef {keyof typeof OVERLAYS} Overlay */

/** @typedef {ReturnType<typeof createState>} State */

/**
 * @template T
 * @param {T} value
 * @returns {import('nanostores').WritableAtom<T>}
 */
const known = (value) => atom(value);

export function createState() {
  return {
    // Chosen.
    timeframe: known(/** @type {Timeframe} */ ('5m')),
    /** Of everything that is shown; null is the first the bot follows. Write with `choosePair`. */
    pair: known(/** @type {string | null} */ (null)),
    /** Id of the trade whose story is read. */
    selected: known(/** @type {number | null} */ (null)),
    /** The tab of the side panel; null when it is hidden. */
    panel: known(/** @type {Tab | null} */ ('trades')),
    dashboard: known(false),
    /** Whose trades and figures; null is the first with trades. */
    account: known(/** @type {Account | null} */ (null)),
    /** What tables and figures are of; null is all of it. */
    period: known(/** @type {Period | null} */ (null)),
    /** Parameters of the what-if that are not the bot's; empty when nothing is tried. */
    tried: known(/** @type {Record<string, unknown>} */ ({})),
    overlays: known(/** @type {Record<Overlay, boolean>} */ ({ ...OVERLAYS })),
    signalsOf: known(/** @type {SignalsOf} */ ('strategy')),
    cvd: known(/** @type {import('../chart/cvd.js').CvdMode} */ ('anchored')),
    cvdForm: known(/** @type {CvdForm} */ ('candles')),
    /** Logarithmic price scale. */
    log: known(false),
    /** The price scale follows the candles; off once a reader drags it. */
    autoScale: known(true),
    zone: known(/** @type {Zone} */ ('utc')),
    theme: known(/** @type {ThemeName} */ ('dark')),
    palette: known(/** @type {Palette} */ ('standard')),
    /** Desktop notices, and sounds, on entry, exit and feed loss. */
    notices: known(false),
    sound: known(false),
    /** Of the side panel, CSS px; the window may leave it less. */
    panelWidth: known(320),
    /** Columns of the table of trades, by name; null: those that there is room for. */
    tradeColumns: known(/** @type {readonly string[] | null} */ (null)),
    /** Keys that type a character do nothing: for who speaks to the machine. */
    charactersOff: known(false),

    // What the server says.
    held: known(
      /** @type {Held} */ ({
        timeframe: '5m',
        bars: noBars(),
        forming: false,
        live: true,
        complete: true,
        place: { at: 'newest' },
      }),
    ),
    status: known(/** @type {Status | null} */ (null)),
    /** Completed trades of the account in the period, oldest first; null until they are known. */
    trades: known(/** @type {import('../server/answers.js').ListedTrade[] | null} */ (null)),
    /** The open position of the pair, marked to market; null when flat. */
    order: known(/** @type {import('../server/answers.js').Order | null} */ (null)),
    /** The account's recent setups, the current one last. */
    setups: known(/** @type {import('../server/answers.js').Setups | null} */ (null)),
    /** What the bot is doing now: the newest setup of the pair's paper account. */
    current: known(/** @type {import('../server/answers.js').Setup | null} */ (null)),
    /** The newest verdict of `cvdbot verify`. */
    verification: known(/** @type {Status['verification']} */ (null)),
    /** What the changed parameters would have done; null when nothing is tried. Never mixed with `trades`. */
    whatif: known(/** @type {import('../server/answers.js').Tested | null} */ (null)),
    /** Why trades, order or setups are not known, in the server's words. */
    recordsProblem: known(/** @type {string | null} */ (null)),

    // What goes on.
    /** The server tells of news by itself (server/live.js); while it does not, the loader asks every few seconds. */
    live: known(false),
    /** What the server told of the predictions: another text when they are others; null when it told of none. */
    predicted: known(/** @type {string | null} */ (null)),
    /** What is being fetched. */
    loading: known(/** @type {'bars' | 'older' | 'newer' | null} */ (null)),
    /** ms since when the server has not answered. */
    lostSince: known(/** @type {number | null} */ (null)),
    /** Why there are no new bars, in the server's words. */
    refusal: known(/** @type {string | null} */ (null)),
    /** A sentence to show for a while; null when there is none. Write with `notify`. */
    notice: known(/** @type {string | null} */ (null)),
    pointed: known(/** @type {Pointed} */ ({ values: null, hole: null })),
    newest: known(/** @type {Values | null} */ (null)),
    /** Where the chart looks: at the newest bar, the instant in its middle, and how many bars it shows. */
    view: known(
      /** @type {{ following: boolean, centre: number | null, bars: number | null }} */ ({
        following: true,
        centre: null,
        bars: null,
      }),
    ),
    /** Where the running CVD is zero: the left edge of the view once that stands still, ms. */
    cvdZero: known(0),
    /** The reader has the chart in hand: what is under it must not be let go. */
    grabbed: known(false),
    /** The server's clock, ms; ticks every second. */
    now: known(Date.now()),
  };
}

/**
 * Say something for a while.
 * @param {State} state
 * @param {string} text
 */
export const notify = (state, text) => state.notice.set(text);
