/**
 * The tab of trades: whose, which of them, the table, and the story of the chosen one.
 */

import { make, say } from '../dom.js';
import { counted } from '../format.js';
import { accountNow, othersOf } from './accounts.js';
import { mountAccount } from './chooser.js';
import { columnsOf, mountColumnChoice } from './columnchoice.js';
import { COLUMNS, CSV, fits, textOf, totalsOf, withSums } from './columns.js';
import { save } from './download.js';
import { mountPeriod } from './periodchip.js';
import { mountPosition } from './position.js';
import { matcher, toCsv } from './rows.js';
import { chooseTrade, keyOf } from './select.js';
import { mountStory } from './storyview.js';
import { mountTable } from './table.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../chart/navigation.js').Navigation} Navigation */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {Navigation} nav
 */
export function mountTrades(element, state, nav) {
  const filter = make('input', {
    type: 'search',
    id: 'filter',
    placeholder: 'Filter (/)',
    title: 'Words that a trade must have: long, stop, late, 2025-05-02, #17; or a comparison: profit>100, r<0',
    'aria-label': 'Filter trades',
    autocomplete: 'off',
    spellcheck: 'false',
    input: narrow,
  });
  const side = select('Side', narrow, [
    ['', 'All sides'],
    ['Long', 'Long'],
    ['Short', 'Short'],
  ]);
  const outcome = select('End', narrow, [
    ['', 'All ends'],
    ['Take Profit', 'Take profit'],
    ['Stop Loss', 'Stop loss'],
    ['Forced Close', 'Forced close'],
  ]);
  const csv = make(
    'button',
    { type: 'button', class: 'quiet', id: 'trades-csv', title: 'The trades listed, as CSV', click: download },
    'CSV',
  );
  const chooser = make('div', { class: 'account' });
  const period = make('div', { class: 'account' });
  const choice = make('div', { class: 'account' });
  const bar = make('div', { class: 'panel-bar' }, chooser, filter, side, outcome, choice, csv, period);
  const position = make('section', { id: 'position', 'aria-label': 'Open position' });
  const found = make('p', { class: 'said', role: 'status' });
  const list = make('div', { class: 'trades-list' });
  const empty = make('div', { class: 'panel-empty', role: 'status' });
  const story = make('section', { id: 'story', 'aria-label': 'Story of the trade', 'aria-live': 'polite' });
  element.classList.add('panel-column');
  element.append(bar, found, position, list, empty, story);

  const table = mountTable(list, {
    label: 'Trades',
    columns: COLUMNS,
    order: { by: 'entryTime', descending: true },
    key: keyOf,
    choose: (trade) => chooseTrade(state, nav, trade),
    totals: totalsOf,
    kind: (trade) => (trade.late ? 'late' : ''),
  });
  const chosen = mountColumnChoice(choice, state, table.seen);
  const parts = [
    chosen.dispose,
    mountAccount(chooser, state),
    mountPeriod(period, state),
    mountPosition(position, state, nav),
    mountStory(story, state, nav),
  ];

  /** List what is wanted now, and say how many it is to who does not see the list. */
  function narrow() {
    arrange();
    say(found, table.rows().length ? `${counted(table.rows().length, 'trade')} listed` : '');
  }

  function arrange() {
    const trades = withSums(state.trades.get() ?? []);
    const wanted = trades
      .filter(fits({ side: side.value, outcome: outcome.value }))
      .filter(matcher(filter.value, COLUMNS, textOf));
    table.show(wanted);
    table.mark(state.selected.get());
    list.hidden = wanted.length === 0;
    empty.hidden = wanted.length > 0;
    csv.disabled = wanted.length === 0;
    if (wanted.length === 0) empty.replaceChildren(...why(trades.length > 0));
  }

  /**
   * Why there is no trade to see, and what to do about it.
   * @param {boolean} filtered
   */
  function why(filtered) {
    const account = accountNow(state);
    const problem = state.recordsProblem.get();
    if (problem) return [make('strong', {}, 'Trades are not known'), make('p', {}, problem)];
    if (filtered)
      return [
        make('strong', {}, 'No trade fits the filter'),
        action('Clear the filter', () => {
          for (const each of [filter, side, outcome]) each.value = '';
          narrow();
          filter.focus();
        }),
      ];
    if (!account || state.trades.get() === null) return [make('p', { class: 'waiting' }, 'Loading trades')];
    if (state.period.get())
      return [
        make('strong', {}, `No ${account.mode} trade in this period`),
        action('Show all of the account', () => state.period.set(null)),
      ];
    const others = othersOf(state.status.get(), account);
    return [
      make('strong', {}, `No ${account.mode} trade of ${account.pair} yet`),
      make('p', {}, 'The bot enters one when a setup is complete: see Setups for what it waits for.'),
      ...others.map(({ pair, mode, count }) =>
        action(`${counted(count, `${mode} trade`)} of ${pair}`, () => state.account.set({ pair, mode })),
      ),
    ];
  }

  function download() {
    const account = accountNow(state);
    const name = account ? `${account.pair.replace('/', '-')}_${account.mode}` : 'trades';
    save(`trades_${name}.csv`, 'text/csv', toCsv(table.rows(), CSV));
  }

  const stop = [
    state.trades.subscribe(arrange),
    state.recordsProblem.listen(arrange),
    state.selected.subscribe((id) => table.mark(id)),
    state.zone.listen(table.redraw),
    state.tradeColumns.subscribe((names) => {
      table.columns(columnsOf(names));
      chosen.show();
    }),
  ];
  return () => {
    for (const end of stop) end();
    for (const dispose of parts) dispose();
    table.dispose();
    element.classList.remove('panel-column');
    element.replaceChildren();
  };
}

/**
 * @param {string} text
 * @param {() => void} click
 */
const action = (text, click) => make('button', { type: 'button', class: 'quiet action', click }, text);

/**
 * @param {string} name
 * @param {() => void} change
 * @param {[string, string][]} choices
 */
const select = (name, change, choices) =>
  make('select', { 'aria-label': name, change }, ...choices.map(([value, words]) => make('option', { value }, words)));

/** Put the cursor into the filter, whatever is shown. @param {State} state */
export function toFilter(state) {
  state.panel.set('trades');
  const field = () => /** @type {HTMLInputElement | null} */ (document.querySelector('#filter'));
  if (field()) field()?.focus();
  else setTimeout(() => field()?.focus()); // another tab was chosen: this one is there a task later
}

/** Show the table of trades, the cursor on its tab. @param {State} state */
export function openTrades(state) {
  state.dashboard.set(false);
  state.panel.set('trades');
  document.getElementById('tab-trades')?.focus();
}
