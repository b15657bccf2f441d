/**
 * Every key of the page: what it does, in the words of the About box, and the act itself. Bindings and help are both
 * made of this one table. Pure; shell/keyboard.js listens.
 *
 * A key is named as tinykeys names it. More names of one key lead to the same act; the first is shown.
 */

import { TIMEFRAMES } from '../state/timeframes.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * What the acts need.
 * @typedef {object} Parts
 * @property {State} state
 * @property {Pick<import('../chart/chart.js').Chart, 'pan' | 'zoom' | 'toStart' | 'fit'>} chart
 * @property {Pick<import('../chart/navigation.js').Navigation, 'newest'>} nav
 * @property {() => void} about
 * @property {() => void} goTo
 * @property {() => void} picture
 * @property {() => void} togglePanel
 * @property {(step: 1 | -1) => void} stepTrade
 * @property {() => void} openTrades
 * @property {() => void} filterTrades
 */

/** @typedef {(parts: Parts) => void} Act */
/** @typedef {{ name: string, act: Act, character: boolean }} Binding */
/** @typedef {{ does: string, keys: [string | string[], Act][] }} Row */

/** @type {Row[]} */
export const TABLE = [
  {
    does: 'timeframe, 1m to 1d',
    keys: TIMEFRAMES.map((timeframe, index) => [String(index + 1), ({ state }) => state.timeframe.set(timeframe)]),
  },
  {
    does: 'move through time',
    keys: [
      ['ArrowLeft', ({ chart }) => chart.pan(-0.1)],
      ['ArrowRight', ({ chart }) => chart.pan(0.1)],
    ],
  },
  {
    does: 'zoom',
    keys: [
      [['+', 'Shift++', '='], ({ chart }) => chart.zoom(0.8)],
      ['-', ({ chart }) => chart.zoom(1.25)],
    ],
  },
  {
    does: 'first bar held, newest bar',
    keys: [
      ['Home', ({ chart }) => chart.toStart()],
      ['End', ({ nav }) => nav.newest()],
    ],
  },
  { does: 'fit', keys: [['f', ({ chart }) => chart.fit()]] },
  { does: 'go to a date', keys: [['g', ({ goTo }) => goTo()]] },
  {
    does: 'logarithmic scale, automatic scale',
    keys: [
      ['l', ({ state }) => toggle(state.log)],
      ['a', ({ state }) => toggle(state.autoScale)],
    ],
  },
  { does: 'fair value gaps', keys: [['c', ({ state: { overlays } }) => toggleGaps(overlays)]] },
  {
    does: 'CVD: running or anchored',
    keys: [['v', ({ state: { cvd } }) => cvd.set(cvd.get() === 'running' ? 'anchored' : 'running')]],
  },
  {
    does: 'next trade, trade before',
    keys: [
      ['j', ({ stepTrade }) => stepTrade(1)],
      ['k', ({ stepTrade }) => stepTrade(-1)],
    ],
  },
  {
    does: 'table of trades, filter it',
    keys: [
      ['t', ({ openTrades }) => openTrades()],
      [['/', 'Shift+/'], ({ filterTrades }) => filterTrades()],
    ],
  },
  { does: 'side panel', keys: [['b', ({ togglePanel }) => togglePanel()]] },
  { does: 'dashboard', keys: [['d', ({ state }) => toggle(state.dashboard)]] },
  { does: 'picture of the chart', keys: [['s', ({ picture }) => picture()]] },
  { does: 'this box', keys: [[['?', 'Shift+?'], ({ about }) => about()]] },
  { does: 'close what is open', keys: [['Escape', ({ state }) => close(state)]] },
];

/** How keys are shown that are not their own name. @type {Record<string, string>} */
const SHOWN = { ArrowLeft: '\u2190', ArrowRight: '\u2192', '-': '\u2212', Escape: 'Esc' };

/** @param {[string | string[], Act]} key */
const shownAs = ([name]) => {
  const [first] = [name].flat();
  return SHOWN[first] ?? (first.length === 1 ? first.toUpperCase() : first);
};

/** The table for the About box. @type {{ key: string, does: string }[]} */
export const HELP = TABLE.map(({ does, keys }) => {
  const shown = keys.map(shownAs);
  return { key: shown.length > 3 ? `${shown[0]} to ${shown.at(-1)}` : shown.join(' '), does };
});

/**
 * The table for the keyboard: each name of a key and its act. `character` is true of keys that type something, which
 * who speaks to the machine may have switched off (WCAG 2.1.4).
 * @type {Binding[]}
 */
export const BINDINGS = TABLE.flatMap(({ keys }) =>
  keys.flatMap(([names, act]) =>
    [names].flat().map((name) => ({ name, act, character: name.replace('Shift+', '').length === 1 })),
  ),
);

/** @param {import('nanostores').WritableAtom<boolean>} flag */
const toggle = (flag) => flag.set(!flag.get());

/** @param {State['overlays']} overlays */
const toggleGaps = (overlays) => overlays.set({ ...overlays.get(), gaps: !overlays.get().gaps });

/** Close what lies uppermost: the dashboard, then the chosen trade. @param {State} state */
function close(state) {
  if (state.dashboard.get()) state.dashboard.set(false);
  else state.selected.set(null);
}
