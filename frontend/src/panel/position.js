/**
 * The open position, marked to market: profit, R, and how far the price is on its way to the stop or the target.
 */

import { make, say } from '../dom.js';
import * as format from '../format.js';
import { inR, money, tone, wayWords } from './words.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 */
export function mountPosition(element, state, nav) {
  const what = make('button', {
    type: 'button',
    class: 'quiet link',
    title: 'Show its entry in the chart',
    click: () => {
      const order = state.order.get();
      if (order) nav.goTo(order.entryTime);
    },
  });
  const profit = make('b', { class: 'position-profit' });
  const bar = make(
    'div',
    { class: 'way', role: 'img' },
    make('span', { class: 'way-done' }),
    make('span', { class: 'way-entry' }),
  );
  const stopAt = make('span');
  const way = make('span', { class: 'way-words' });
  const since = make('span');
  const targetAt = make('span');
  const late = make('p', { class: 'warn' }, 'Late: decided after an outage; nobody could have entered it.');
  element.append(
    make('div', { class: 'position-line' }, what, profit),
    bar,
    make('div', { class: 'position-line dim' }, stopAt, targetAt),
    make('div', { class: 'position-line dim' }, way, since),
    late,
  );

  function show() {
    const order = state.order.get();
    element.hidden = order === null;
    if (!order) return;
    say(
      what,
      `${order.entryType} ${format.formatSize(order.size)} ${format.base()} at ${format.formatPrice(order.entryPrice)}`,
    );
    say(since, `since ${format.formatDay(order.entryTime)} ${format.formatTime(order.entryTime)}`);
    say(profit, order.profit === null ? '' : `${money(order.profit)}${order.r === null ? '' : ` (${inR(order.r)})`}`);
    profit.className = `position-profit ${tone(order.profit)}`;
    say(stopAt, `Stop ${format.formatPrice(order.stopLoss)}`);
    say(targetAt, `Target ${format.formatPrice(order.takeProfit)}`);
    late.hidden = !order.late;
    drawWay(bar, order);
    say(way, order.way === null ? '' : wayWords(order.way));
    bar.setAttribute('aria-label', order.way === null ? 'Price unknown' : wayWords(order.way));
  }

  const stop = [state.order.subscribe(show), state.zone.listen(show)];
  return () => {
    for (const end of stop) end();
    element.replaceChildren();
  };
}

/**
 * Draw the way from stop (left) over the entry to the target (right), true to scale.
 * @param {HTMLElement} bar
 * @param {import('../server/answers.js').Order} order
 */
function drawWay(bar, order) {
  const risk = Math.abs(order.entryPrice - order.stopLoss);
  const reward = Math.abs(order.takeProfit - order.entryPrice);
  const entry = risk / (risk + reward);
  const way = Math.max(-1, Math.min(1, order.way ?? 0));
  const price = way < 0 ? entry * (1 + way) : entry + (1 - entry) * way;
  bar.style.setProperty('--entry', `${100 * entry}%`);
  bar.style.setProperty('--from', `${100 * Math.min(entry, price)}%`);
  bar.style.setProperty('--size', `${100 * Math.abs(price - entry)}%`);
  bar.classList.toggle('down', way < 0);
}
