/**
 * The tab of setups: what the strategy saw and what became of it, the newest first, aborted ones included.
 */

import './setups.css';
import { make } from '../dom.js';
import * as format from '../format.js';
import { SPANS } from '../state/timeframes.js';
import { accountNow } from './accounts.js';
import { mountAccount } from './chooser.js';
import { mountPeriod } from './periodchip.js';
import { chooseTrade } from './select.js';
import { phaseWords, tellSetup, whatNow } from './words.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../server/answers.js').Setup} Setup */

/** Bars of its own timeframe that are seen around a setup, at least. */
const AROUND = 60;

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 */
export function mountSetups(element, state, nav) {
  const chooser = make('div', { class: 'account' });
  const aborted = make('input', { type: 'checkbox', role: 'switch', id: 'aborted', checked: true, change: show });
  const now = make('p', { class: 'panel-now', role: 'status' });
  const list = make('ol', { class: 'setups' });
  const empty = make('div', { class: 'panel-empty' });
  element.classList.add('panel-column');
  element.append(
    make('div', { class: 'panel-bar' }, chooser, make('label', { for: 'aborted' }, aborted, 'aborted too')),
    now,
    list,
    empty,
  );
  const parts = [mountAccount(chooser, state), mountPeriod(chooser, state)];

  function show() {
    const answer = state.setups.get();
    const account = accountNow(state);
    const setups = [...(answer?.setups ?? [])].reverse();
    const current = account?.mode === 'paper' ? setups[0] : undefined;
    now.hidden = current === undefined;
    now.textContent = current ? `Now: ${whatNow(current, state.status.get()?.snapshot?.newest ?? undefined)}` : '';
    const past = setups.filter((setup) => setup.events.length > 0 && (aborted.checked || setup.state !== 'aborted'));
    list.replaceChildren(...past.map((setup) => item(setup, answer?.timeframe ?? '')));
    empty.hidden = past.length > 0;
    if (past.length) return;
    empty.replaceChildren(make('p', {}, answer === null ? 'Loading setups' : nothing(account?.mode ?? '')));
  }

  /** @param {string} mode */
  function nothing(mode) {
    if (mode === 'imported') return 'The earlier bot kept its trades, not the setups that led to them.';
    if (state.period.get()) return 'No setup in this period.';
    return `No setup of the ${mode} account is stored yet: one begins when the CVD turns its sign.`;
  }

  /**
   * @param {Setup} setup
   * @param {string} timeframe
   */
  function item(setup, timeframe) {
    const trade = state.trades.get()?.find(({ id }) => id === setup.trade) ?? null;
    const told = tellSetup(setup, trade);
    const selected = trade !== null && state.selected.get() === trade.id;
    return make(
      'li',
      {},
      make(
        'button',
        {
          type: 'button',
          class: `line ${setup.state}`,
          title: `Setup ${setup.id} at ${timeframe}: ${setup.events.map(({ event }) => phaseWords(event)).join(', ')}. Click to see it in the chart`,
          'aria-pressed': String(selected),
          click: () => look(told, trade, timeframe),
        },
        make(
          'span',
          { class: 'line-title' },
          make(
            'i',
            { class: setup.direction === 'bull' ? 'up' : 'down', 'aria-hidden': 'true' },
            setup.direction === 'bull' ? '\u25b4' : '\u25be',
          ),
          told.title,
        ),
        make('time', {}, told.from === null ? '' : `${format.formatDay(told.from)} ${format.formatTime(told.from)}`),
        make('span', { class: 'line-text' }, make('span', { class: told.tone }, told.text)),
      ),
    );
  }

  /**
   * Show a setup with what was around it; the trade it led to is chosen.
   * @param {ReturnType<typeof tellSetup>} told
   * @param {import('../server/answers.js').Trade | null} trade
   * @param {string} timeframe
   */
  function look({ from, to }, trade, timeframe) {
    if (trade) chooseTrade(state, nav, trade);
    else if (from !== null && to !== null) {
      const bar = SPANS[/** @type {'5m'} */ (timeframe)] ?? SPANS['5m'];
      const room = Math.max(0, AROUND * bar - (to - from)) / 2;
      nav.range(from - room, to + bar + room);
    }
  }

  const stop = [
    state.setups.subscribe(show),
    state.trades.listen(show),
    state.selected.listen(show),
    state.account.listen(show),
    state.zone.listen(show),
  ];
  return () => {
    for (const end of stop) end();
    for (const dispose of parts) dispose();
    element.classList.remove('panel-column');
    element.replaceChildren();
  };
}
