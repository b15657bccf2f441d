/**
 * The bottom line: the last stored minute, the feeds in words, the position, and what is stored.
 */

import './statusline.css';
import { make } from '../dom.js';
import * as format from '../format.js';
import { MINUTE } from '../state/timeframes.js';
import { alarm } from './header.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../server/answers.js').Status} Status */

/**
 * @param {HTMLElement} element
 * @param {State} state
 */
export function mountStatusline(element, state) {
  function show() {
    const status = state.status.get();
    if (!status?.snapshot) {
      element.replaceChildren();
      return;
    }
    element.replaceChildren(
      ...[lastCandle(status), feeds(status), position(status), paperOnly(), loaded(), stored(status)].filter(
        (part) => part !== null,
      ),
    );
  }

  function loaded() {
    const loading = state.loading.get();
    return loading ? part(loading === 'older' ? 'loading older bars' : 'loading') : null;
  }

  const stop = [state.status, state.loading, state.held, state.zone].map((store) => store.listen(show));
  show();
  return () => {
    for (const end of stop) end();
    element.replaceChildren();
  };
}

/**
 * @param {string} text
 * @param {string} [kind]
 */
const part = (text, kind = '') => make('span', { class: kind }, text);

const paperOnly = () => part('paper trading only', 'wide');

/** @param {Status} status */
function lastCandle({ last_candle, snapshot, origin }) {
  if (!last_candle || !snapshot) return part('no candle stored yet', 'warn');
  const behind = snapshot.published - (last_candle.timestamp + MINUTE);
  return part(
    `last candle ${format.formatDay(last_candle.timestamp)} ${format.formatTime(last_candle.timestamp)} ${format.zoneName(last_candle.timestamp)}`,
    origin === 'simulated' ? '' : alarm(behind),
  );
}

/** @param {Status} status */
function feeds({ exchanges }) {
  if (exchanges.length === 0) return null;
  const down = exchanges.filter(({ connected }) => !connected).map(({ exchange }) => exchange);
  if (down.length === 0) return part(`all ${exchanges.length} exchanges connected`);
  return part(`not connected: ${down.join(', ')}`, down.length === exchanges.length ? 'bad' : 'warn');
}

/** @param {Status} status */
function position({ order }) {
  if (!order) return part('flat');
  return part(
    `${order.entryType} from ${format.formatPrice(order.entryPrice)}`,
    order.entryType === 'Long' ? 'up' : 'down',
  );
}

/** @param {Status} status */
function stored({ counts, database }) {
  return part(
    `${format.formatCount(counts.candles ?? 0)} minutes, ${format.formatCount(counts.trades ?? 0)} trades, ${format.formatBytes(database.size ?? 0)}`,
    'stored',
  );
}
