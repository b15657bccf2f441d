/**
 * The header's second row: what the strategy is doing now and what it waits for, the open position, and whether what was
 * traded live is what a replay gives.
 */

import './chip.css';
import { make, say } from '../dom.js';
import * as format from '../format.js';
import { mountVerification } from './verification.js';
import { inR, money, tone, wayWords, whatNow } from './words.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 * @returns {() => void}
 */
export function mountChip(element, state, nav) {
  const doing = make('button', { type: 'button', class: 'quiet', id: 'doing', click: showSetup });
  const order = make('button', { type: 'button', class: 'quiet', id: 'open-position', hidden: true, click: showEntry });
  const side = make('b');
  const profit = make('b');
  const way = make('span', { class: 'dim' });
  order.append(side, profit, way);
  const verdict = make('span', { class: 'chip-verdict' });
  element.append(doing, order, verdict);
  const dispose = mountVerification(verdict, state, nav);

  function showSetup() {
    const signal = state.current.get()?.events.find(({ event }) => event === 'signal');
    state.panel.set('setups');
    if (signal) nav.goTo(signal.timestamp);
  }

  function showEntry() {
    const open = state.order.get();
    if (open) nav.goTo(open.entryTime);
  }

  function show() {
    const setup = state.current.get();
    const known = state.setups.get() !== null;
    const text = setup || known ? whatNow(setup ?? undefined, state.status.get()?.snapshot?.newest ?? undefined) : '';
    say(doing, text);
    doing.title = text ? `${text}. Click to see it in the chart` : '';
    doing.hidden = text === '';
  }

  function showOrder() {
    const open = state.order.get();
    order.hidden = open === null;
    if (!open) return;
    say(side, `${open.entryType} ${format.formatPrice(open.entryPrice)}`);
    say(profit, open.profit === null ? '' : `${money(open.profit)}${open.r === null ? '' : ` (${inR(open.r)})`}`);
    profit.className = tone(open.profit);
    say(way, open.way === null ? '' : wayWords(open.way));
    order.title = 'The open position, marked to market. Click to see its entry in the chart';
  }

  const stop = [
    state.current.subscribe(show),
    state.setups.listen(show),
    state.zone.listen(show),
    state.order.subscribe(showOrder),
  ];
  return () => {
    for (const end of stop) end();
    dispose();
    element.replaceChildren();
  };
}
