/**
 * The keyboard. Keys typed into a field, a dialog, a menu or with a modifier are left alone.
 */

import { tinykeys } from 'tinykeys';
import { stepTrade } from '../panel/select.js';
import { toFilter } from '../panel/trades.js';
import { TIMEFRAMES } from '../state/timeframes.js';

/** What has its own use for keys. */
const TYPING = 'input, select, textarea, dialog, [popover], [contenteditable]';

/** What the browser itself closes on Escape. */
const OPEN = ':popover-open, dialog[open]';

/** Every key and what it does, in the words of the About box. @type {[string, string][]} */
export const KEYS = [
  ['1 to 8', 'timeframe, 1m to 1d'],
  ['\u2190 \u2192', 'move through time'],
  ['+ \u2212', 'zoom'],
  ['Home End', 'first bar held, newest bar'],
  ['F', 'fit'],
  ['G', 'go to a date'],
  ['L A', 'logarithmic scale, automatic scale'],
  ['C', 'fair value gaps'],
  ['V', 'CVD: running or anchored'],
  ['J K', 'next trade, trade before'],
  ['T /', 'table of trades, filter it'],
  ['B', 'side panel'],
  ['D', 'dashboard'],
  ['S', 'picture of the chart'],
  ['?', 'this box'],
  ['Esc', 'close what is open'],
];

/**
 * @param {import('../state/state.js').State} state
 * @param {import('../chart/chart.js').Chart} chart
 * @param {import('../chart/navigation.js').Navigation} nav
 * @param {{ about: () => void, togglePanel: () => void, goTo: () => void, picture: () => void }} actions
 */
export function listenToKeys(state, chart, nav, actions) {
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => chart.pan(-0.1),
    ArrowRight: () => chart.pan(0.1),
    '+': () => chart.zoom(0.8),
    'Shift++': () => chart.zoom(0.8),
    '=': () => chart.zoom(0.8),
    '-': () => chart.zoom(1.25),
    Home: () => chart.toStart(),
    End: () => nav.newest(),
    f: () => chart.fit(),
    g: actions.goTo,
    l: () => state.log.set(!state.log.get()),
    a: () => state.autoScale.set(!state.autoScale.get()),
    c: () => state.overlays.set({ ...state.overlays.get(), gaps: !state.overlays.get().gaps }),
    v: () => state.cvd.set(state.cvd.get() === 'running' ? 'anchored' : 'running'),
    j: () => stepTrade(state, nav, 1),
    k: () => stepTrade(state, nav, -1),
    t: () => openTrades(state),
    '/': () => toFilter(state),
    'Shift+/': () => toFilter(state),
    b: actions.togglePanel,
    d: () => state.dashboard.set(!state.dashboard.get()),
    s: actions.picture,
    '?': actions.about,
    'Shift+?': actions.about,
    Escape: () => close(state),
  };
  TIMEFRAMES.forEach((timeframe, index) => {
    keys[String(index + 1)] = () => state.timeframe.set(timeframe);
  });
  return tinykeys(
    window,
    Object.fromEntries(
      Object.entries(keys).map(([key, act]) => [
        key,
        (event) => {
          const taken = event.defaultPrevented || (event.target instanceof Element && event.target.closest(TYPING));
          if (taken || (key === 'Escape' && document.querySelector(OPEN))) return;
          event.preventDefault();
          act();
        },
      ]),
    ),
  );
}

/** @param {import('../state/state.js').State} state */
function openTrades(state) {
  state.dashboard.set(false);
  state.panel.set('trades');
  document.getElementById('tab-trades')?.focus();
}

/** Close what lies uppermost: the dashboard, then the chosen trade. @param {import('../state/state.js').State} state */
function close(state) {
  if (state.dashboard.get()) state.dashboard.set(false);
  else state.selected.set(null);
}
