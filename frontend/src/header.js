/**
 * The top line: what and at what price, the timeframes, whether it is real, and how old it is.
 */

import { make, say } from './dom.js';
import * as format from './format.js';
import { TIMEFRAMES } from './timeframes.js';

/** @typedef {import('./state.js').State} State */

const MINUTE = 60_000;
const SHORT = { binance: 'B', bybit: 'Y', coinbase: 'C', okx: 'O' };

/**
 * How alarming an age is.
 * @param {number} ms
 */
export const alarm = (ms) => (ms > 10 * MINUTE ? 'bad' : ms > 3 * MINUTE ? 'warn' : '');

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {{ about: () => void }} actions
 */
export function mountHeader(element, state, actions) {
  const pair = make('span', { class: 'pair' });
  const price = make('span', { class: 'price', id: 'price' });
  const frames = TIMEFRAMES.map((timeframe, index) =>
    make(
      'button',
      {
        type: 'button',
        class: 'quiet',
        title: `${timeframe} bars (${index + 1})`,
        'data-timeframe': timeframe,
        click: () => state.timeframe.set(timeframe),
      },
      timeframe,
    ),
  );
  const simulated = make(
    'span',
    { class: 'badge simulated', hidden: true, title: 'A made market: none of these prices happened' },
    'SIMULATED MARKET',
  );
  const paper = make('span', { class: 'badge', title: 'Trades are on paper: no order leaves this machine' }, 'PAPER');
  const age = make('span', { class: 'age', id: 'age', title: 'Age of the copy of the database shown here' });
  const venues = make('span', { class: 'venues', role: 'list', 'aria-label': 'Exchange feeds' });
  const about = make(
    'button',
    { type: 'button', class: 'quiet', title: 'About, keys (?)', 'aria-label': 'About and keys', click: actions.about },
    '?',
  );
  element.append(
    make('h1', { class: 'what' }, pair, price),
    make('nav', { class: 'timeframes', 'aria-label': 'Timeframe' }, ...frames),
    make('div', { class: 'badges' }, paper, simulated, age, venues, about),
  );

  function showTimeframe() {
    for (const button of frames)
      button.setAttribute('aria-pressed', String(button.dataset.timeframe === state.timeframe.get()));
  }

  function showStatus() {
    const status = state.status.get();
    const last = status?.last_candle;
    say(pair, status?.pairs[0] ?? 'cvdbot');
    say(price, last ? format.formatPrice(last.close) : '');
    price.className = `price ${last && last.close < last.open ? 'down' : 'up'}`;
    simulated.hidden = status?.origin !== 'simulated';
    document.title = [
      status?.origin === 'simulated' ? 'SIMULATED' : '',
      last ? format.formatPrice(last.close) : '',
      status?.pairs[0] ?? '',
      'cvdbot',
    ]
      .filter(Boolean)
      .join(' \u00b7 ');
    venues.replaceChildren(
      ...(status?.exchanges ?? []).map(({ exchange, connected, last_trade }) => {
        const said = `${exchange} ${connected ? 'connected' : 'not connected'}`;
        const since = last_trade === null ? '' : `, last trade ${format.formatClock(last_trade)} UTC`;
        return make(
          'span',
          { class: connected ? 'venue' : 'venue down', role: 'listitem', title: said + since, 'aria-label': said },
          SHORT[/** @type {'okx'} */ (exchange)] ?? exchange.slice(0, 1).toUpperCase(),
        );
      }),
    );
    showAge();
  }

  function showAge() {
    const published = state.status.get()?.snapshot?.published;
    if (published === undefined) {
      say(age, '');
      return;
    }
    const ms = state.now.get() - published;
    say(age, `${format.formatDuration(ms)} ago`);
    age.className = `age ${alarm(ms)}`;
  }

  const stop = [
    state.timeframe.subscribe(showTimeframe),
    state.status.subscribe(showStatus),
    state.now.listen(showAge),
  ];
  return () => {
    for (const end of stop) end();
    element.replaceChildren();
  };
}
