/**
 * The window's title: what a reader sees of the page while looking at another one. A simulated market first, then the
 * open position marked to market, then the price.
 */

import * as format from '../format.js';
import { positionTitle } from '../panel/words.js';
import { detailsOf, pairOf } from '../state/pair.js';

/** @typedef {import('../state/state.js').State} State */

/** @param {State} state */
export function keepTitle(state) {
  function show() {
    const status = state.status.get();
    const order = state.order.get();
    const price = detailsOf(state)?.last_candle?.close;
    document.title = [
      status?.origin === 'simulated' ? 'SIMULATED' : '',
      order ? positionTitle(order) : '',
      price === undefined ? '' : format.formatPrice(price),
      pairOf(state) ?? '',
      'cvdbot',
    ]
      .filter(Boolean)
      .join(' \u00b7 ');
  }
  const stop = [state.status.subscribe(show), state.order.listen(show), state.pair.listen(show)];
  return () => {
    for (const end of stop) end();
  };
}
