/**
 * What stands in the way, in a sentence: over the chart as a banner while there are bars to see, else in its place. And
 * what was done, for a while.
 */

import './notices.css';
import { make, say } from '../dom.js';
import * as format from '../format.js';

/** @typedef {import('../state/state.js').State} State */

/** How long a sentence about what was done is shown, ms. */
const A_WHILE = 6_000;

/**
 * What to say, if anything.
 * @param {State} state
 * @returns {{ title: string, text: string } | null}
 */
function trouble(state) {
  const lost = state.lostSince.get();
  const status = state.status.get();
  if (lost !== null)
    return {
      title: 'The server does not answer',
      text: `Nothing new since ${format.formatClock(lost)} ${format.zoneName(lost)}. Asking again every 5 s; if it was ended, start \`cvdbot web\`.`,
    };
  if (status && status.database.state !== 'ok')
    return { title: `No data: the database is ${status.database.state}`, text: status.database.message ?? '' };
  const refusal = state.refusal.get();
  if (refusal) return { title: 'The server refused', text: refusal };
  return null;
}

/**
 * @param {HTMLElement} banner
 * @param {HTMLElement} centre
 * @param {State} state
 */
export function mountNotices(banner, centre, state) {
  const bannerText = make('span');
  banner.append(bannerText);
  const title = make('strong');
  const text = make('p');
  centre.append(title, text);

  function show() {
    const wrong = trouble(state);
    const status = state.status.get();
    const empty = state.held.get().bars.timestamp.length === 0;
    banner.hidden = wrong === null || empty;
    if (wrong && !empty) say(bannerText, `${wrong.title}. ${wrong.text}`);
    centre.hidden = !empty;
    if (!empty) return;
    const waiting = state.loading.get() !== null || status === null;
    centre.classList.toggle('loading', wrong === null && waiting);
    if (wrong) {
      say(title, wrong.title);
      say(text, wrong.text);
    } else if (waiting) {
      say(title, '');
      say(text, 'Loading candles');
    } else {
      say(title, 'No candles yet');
      say(text, 'The bot writes one a minute; this page shows each as it comes.');
    }
  }

  const stop = [state.lostSince, state.status, state.refusal, state.held, state.loading].map((part) =>
    part.listen(show),
  );
  show();
  return () => {
    for (const end of stop) end();
  };
}

/**
 * Show `state.notice` for a while; a click lets it go at once.
 * @param {HTMLElement} element
 * @param {State} state
 */
export function mountToast(element, state) {
  const toast = make('div', { id: 'toast', role: 'status', hidden: true, click: () => state.notice.set(null) });
  element.append(toast);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return state.notice.subscribe((text) => {
    clearTimeout(timer);
    toast.hidden = text === null;
    if (text === null) return;
    say(toast, text);
    timer = setTimeout(() => state.notice.set(null), A_WHILE);
  });
}
