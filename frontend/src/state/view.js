/**
 * All of the page's address and of what it stores: the view in the address, so that a link opens the same view; and the newest view and tastes remembered, for when the
 * address says nothing.
 *
 * An address that says anything says everything: what it leaves out is as a fresh page has it. What cannot be read in
 * it is left out too, and told. Instants are written `2025-03-01T09:30Z`, a whole UTC day `2025-03-01`; ms are read as well.
 */

import { OVERLAYS } from './state.js';
import { isTimeframe } from './timeframes.js';

/** @typedef {import('./state.js').State} State */

/**
 * One value of the view. `read` gives undefined for what makes no sense; `write` null for what goes without saying.
 * @template T
 * @typedef {{ read: (text: string) => T | undefined, write: (value: T) => string | null }} Field
 */

/** The first and the last instant a view can be at: 2009, before any trade of Bitcoin; and 2100. */
const EARLIEST = Date.UTC(2009, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** @param {string} text */
export function readInstant(text) {
  const ms = /^\d{12,14}$/.test(text)
    ? Number(text)
    : /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  return ms >= EARLIEST && ms < LATEST ? ms : undefined;
}

/** @param {number} ms */
export const writeInstant = (ms) =>
  new Date(Math.floor(ms / 60_000) * 60_000).toISOString().replace(':00.000Z', 'Z').replace('T00:00Z', '');

/** @param {string} text */
const readCount = (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined);

/**
 * One of some words; the first goes without saying.
 * @template {string} W
 * @param {readonly W[]} words
 * @returns {Field<W>}
 */
const word = (...words) => ({
  read: (text) => words.find((known) => known === text),
  write: (value) => (value === words[0] ? null : value),
});

/** @type {Field<boolean>} */
const flag = {
  read: (text) => (text === '1' ? true : text === '0' ? false : undefined),
  write: (value) => (value ? '1' : null),
};

/** @type {Field<import('./state.js').Period | null>} */
const period = {
  read(text) {
    const [from, to, ...more] = text.split('..').map(readInstant);
    return from !== undefined && to !== undefined && from < to && more.length === 0 ? { from, to } : undefined;
  },
  write: (value) => value && `${writeInstant(value.from)}..${writeInstant(value.to)}`,
};

/** @type {Field<import('./state.js').Account | null>} */
const account = {
  read(text) {
    const [, pair, mode] = /^([A-Z0-9]{2,12}\/[A-Z0-9]{2,12}):([a-z]{2,12})$/.exec(text) ?? [];
    return pair ? { pair, mode } : undefined;
  },
  write: (value) => value && `${value.pair}:${value.mode}`,
};

/** @type {Field<Record<import('./state.js').Overlay, boolean>>} */
const overlays = {
  read(text) {
    const seen = { ...OVERLAYS };
    for (const part of text.split(',')) {
      const name = part.replace(/^-/, '');
      if (!Object.hasOwn(OVERLAYS, name)) return undefined;
      seen[/** @type {'gaps'} */ (name)] = part === name;
    }
    return seen;
  },
  write(value) {
    const names = /** @type {(keyof typeof OVERLAYS)[]} */ (Object.keys(OVERLAYS));
    const changed = names.filter((name) => value[name] !== OVERLAYS[name]);
    return changed.length ? changed.map((name) => (value[name] ? name : `-${name}`)).join() : null;
  },
};

const TABS = /** @type {const} */ (['trades', 'setups', 'whatif', 'venues']);

/** @type {Field<import('./state.js').Tab | null>} */
const tab = {
  read: (text) => (text === 'none' ? null : TABS.find((known) => known === text)),
  write: (value) => (value === 'trades' ? null : (value ?? 'none')),
};

/** @type {Field<string | null>} */
const pair = {
  read: (text) => (/^[A-Z0-9]{2,12}\/[A-Z0-9]{2,12}$/.test(text) ? text : undefined),
  write: (value) => value,
};

/** @type {Field<import('./timeframes.js').Timeframe>} */
const timeframe = { read: (text) => (isTimeframe(text) ? text : undefined), write: (value) => value };

/** @type {Field<number | null>} */
const instant = { read: readInstant, write: (value) => (value === null ? null : writeInstant(value)) };

/** @type {Field<number>} */
const pixels = { read: readCount, write: String };

/** @type {Field<readonly string[] | null>} */
const names = {
  read: (text) => (/^[a-z]{1,30}(,[a-z]{1,30}){0,30}$/i.test(text) ? text.split(',') : undefined),
  write: (value) => value?.join() ?? null,
};

/** @type {Field<number | null>} */
const count = { read: readCount, write: (value) => (value === null ? null : String(Math.max(1, Math.round(value)))) };

/**
 * What an address says of the view, in the state's terms; `t` is the instant in the middle, null at the newest bar.
 * @typedef {object} View
 * @property {string | null} pair
 * @property {import('./timeframes.js').Timeframe} timeframe
 * @property {number | null} t ms
 * @property {number | null} bars how many are seen
 * @property {number | null} selected
 * @property {import('./state.js').Tab | null} panel
 * @property {boolean} dashboard
 * @property {import('./state.js').Account | null} account
 * @property {import('./state.js').Period | null} period
 * @property {Record<import('./state.js').Overlay, boolean>} overlays
 * @property {import('./state.js').SignalsOf} signalsOf
 * @property {import('../chart/cvd.js').CvdMode} cvd
 * @property {import('./state.js').CvdForm} cvdForm
 * @property {boolean} log
 * @property {import('./state.js').Zone} zone
 */

/** The name in the address, and how it is read and written. @type {{ [K in keyof View]: [string, Field<View[K]>] }} */
const FIELDS = {
  timeframe: ['tf', timeframe],
  pair: ['pair', pair],
  t: ['t', instant],
  bars: ['bars', count],
  selected: ['trade', count],
  panel: ['panel', tab],
  dashboard: ['dashboard', flag],
  account: ['account', account],
  period: ['period', period],
  zone: ['zone', word('utc', 'local')],
  log: ['log', flag],
  overlays: ['overlays', overlays],
  signalsOf: ['signals', word('strategy', 'shown')],
  cvd: ['cvd', word('anchored', 'running')],
  cvdForm: ['cvdform', word('candles', 'line')],
};

const NAMES = /** @type {(keyof View)[]} */ (Object.keys(FIELDS));

/** Of the view, what is remembered with the tastes: not where a reader once looked. */
const REMEMBERED = /** @type {(keyof View)[]} */ ([
  'timeframe',
  'pair',
  'bars',
  'panel',
  'zone',
  'log',
  'overlays',
  'signalsOf',
  'cvd',
  'cvdForm',
]);

/**
 * Read an address.
 * @param {string} search such as `?tf=5m&trade=17`
 * @returns {{ view: Partial<View>, unread: string[] }} what it says, and what of it makes no sense
 */
export function readAddress(search) {
  const query = new URLSearchParams(search);
  /** @type {Record<string, unknown>} */
  const view = {};
  const unread = [];
  for (const key of NAMES) {
    const [name, field] = FIELDS[key];
    const text = query.get(name);
    if (text === null) continue;
    const value = field.read(text);
    if (value === undefined) unread.push(`${name}=${text.slice(0, 40)}`);
    else view[key] = value;
  }
  return { view: /** @type {Partial<View>} */ (view), unread };
}

/**
 * Write an address; what goes without saying is left out, the timeframe never.
 * @param {View} view
 * @param {(keyof View)[]} [keys] to write; all of them without it
 * @returns {string} such as `?tf=5m&trade=17`
 */
export function writeAddress(view, keys = NAMES) {
  const parts = keys.flatMap((key) => {
    const [name, field] = FIELDS[key];
    const text = /** @type {Field<any>} */ (field).write(view[key]);
    return text === null
      ? []
      : [`${name}=${encodeURIComponent(text).replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%2C', ',')}`];
  });
  return `?${parts.join('&')}`;
}

/**
 * The whole address of what is seen now.
 * @param {State} state
 * @param {Pick<Location, 'origin' | 'pathname'>} [at]
 */
export const linkTo = (state, { origin, pathname } = location) => `${origin}${pathname}${writeAddress(viewOf(state))}`;

const STORED = 'cvdbot.view';

/** Tastes: remembered, never in a link. */
const TASTES = /** @type {const} */ ({
  theme: word('dark', 'light'),
  palette: word('standard', 'blue-orange'),
  notices: flag,
  sound: flag,
  charactersOff: flag,
  panelWidth: pixels,
  tradeColumns: names,
});

/**
 * The view as the state has it.
 * @param {State} state
 * @returns {View}
 */
function viewOf(state) {
  const { following, centre, bars } = state.view.get();
  const rest = NAMES.filter((key) => key !== 't' && key !== 'bars').map((key) => [
    key,
    state[/** @type {'pair'} */ (key)].get(),
  ]);
  return { ...Object.fromEntries(rest), t: following ? null : centre, bars };
}

/** @param {() => void} act */
const left = (act) => addEventListener('pagehide', act);

/**
 * Set the state to what the address says, else to what is remembered, and keep both as the state is from now on.
 * @param {State} state
 * @param {{ location: Pick<Location, 'search' | 'pathname'>, history: Pick<History, 'replaceState'>, storage: Pick<Storage, 'getItem' | 'setItem'>,
 *   left?: (act: () => void) => void }} [browser] `left` tells when the page is left
 * @returns {{ place: import('./state.js').Place, unread: string[] }} where to look first, and what made no sense
 */
export function keepAddress(state, browser = { location, history, storage: localStorage, left }) {
  const remembered = readAddress(browser.storage.getItem(STORED) ?? '').view;
  const { view: asked, unread } = readAddress(browser.location.search);
  const silent = Object.keys(asked).length === 0;
  const { t = null, bars, ...rest } = silent ? remembered : asked;
  for (const [key, value] of Object.entries(rest)) state[/** @type {'pair'} */ (key)].set(/** @type {any} */ (value));
  const tastes = new URLSearchParams(browser.storage.getItem(`${STORED}.tastes`) ?? '');
  for (const [key, field] of Object.entries(TASTES)) {
    const value = field.read(tastes.get(key) ?? '');
    if (value !== undefined) state[/** @type {'theme'} */ (key)].set(/** @type {any} */ (value));
  }

  let due = false;
  function keep() {
    due = false;
    browser.history.replaceState(null, '', browser.location.pathname + writeAddress(viewOf(state)));
    remember();
  }
  function remember() {
    browser.storage.setItem(STORED, writeAddress(viewOf(state), REMEMBERED));
    const kept = Object.entries(TASTES).map(([key, field]) => [
      key,
      /** @type {Field<any>} */ (field).write(state[/** @type {'theme'} */ (key)].get()) ?? '',
    ]);
    browser.storage.setItem(`${STORED}.tastes`, String(new URLSearchParams(kept)));
  }
  /** Once for all changes of a moment: browsers refuse more than 100 changes of the address in 30 s. */
  function soon() {
    if (due) return;
    due = true;
    setTimeout(keep, 300);
  }
  for (const key of /** @type {'pair'[]} */ ([
    ...NAMES.filter((key) => key !== 't' && key !== 'bars'),
    ...Object.keys(TASTES),
  ]))
    state[key].listen(soon);
  state.view.listen(soon);
  browser.left?.(() => {
    if (due) remember(); // what was chosen in the last moment
  });

  return {
    place:
      t === null
        ? { at: 'newest', ...(bars ? { bars } : {}) }
        : { at: 'instant', instant: t, ...(bars ? { bars } : {}) },
    unread,
  };
}
