/**
 * What stands in the way, in a sentence: over the chart as a banner while there are bars to see, else in its place.
 */

import { make, say } from './dom.js';
import * as format from './format.js';

/** @typedef {import('./state.js').State} State */

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
      text: `Nothing new since ${format.formatClock(lost)} UTC. Asking again every 5 s; if it was ended, start \`cvdbot web\`.`,
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
