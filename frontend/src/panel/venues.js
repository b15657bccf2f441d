/**
 * The tab of venues: each exchange's feed, CVD and volume by exchange on the chart, and whether live = replay.
 */

import './venues.css';
import { make, say } from '../dom.js';
import * as format from '../format.js';
import { mountDifferences } from './differences.js';
import { tellFeed, tellFeeds } from './feeds.js';
import { badgeOf } from './verdict.js';

/** @typedef {import('../state/state.js').State} State */

const COUNTS = /** @type {const} */ ([
  ['Lost', 'Connections lost since the database began'],
  ['Gaps', 'How often ids of its trades were missing, since the database began'],
  ['Rej.', 'Messages or trades that could not be counted, since the database began'],
]);

const SIGNS = { up: '\u25cf', warn: '\u25d0', down: '\u2715' };

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 */
export function mountVenues(element, state, nav) {
  const body = make('tbody');
  const table = make(
    'table',
    { class: 'venue-table' },
    make('caption', { class: 'said' }, 'Feeds of the exchanges'),
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        make('th', { scope: 'col' }, 'Exchange'),
        make('th', { scope: 'col', title: 'As the bot last wrote it' }, 'Feed'),
        make('th', { scope: 'col', class: 'number', title: 'How long before the bot last wrote it' }, 'Last trade'),
        ...COUNTS.map(([title, help]) => make('th', { scope: 'col', class: 'number', title: help }, title)),
      ),
    ),
    body,
  );
  const summary = make('p', { role: 'status' });
  const asOf = make('p', { class: 'dim' });
  const overlay = make('input', { type: 'checkbox', role: 'switch', id: 'by-venue', change: toggle });
  const verdict = make('div', { class: 'verdict' });
  const badge = make('strong', { class: 'verdict-word' });
  element.classList.add('panel-flow');
  element.append(
    make('section', { class: 'block', 'aria-label': 'Feeds' }, make('h2', {}, 'Feeds'), summary, table, asOf),
    make(
      'section',
      { class: 'block', 'aria-label': 'By exchange' },
      make('h2', {}, 'Who led this move'),
      make('label', { class: 'switch', for: 'by-venue' }, overlay, 'CVD and volume by exchange on the chart'),
    ),
    make('section', { class: 'block', 'aria-label': 'Verification' }, make('h2', {}, 'Live = replay'), badge, verdict),
  );
  const differences = mountDifferences(verdict, nav.goTo);

  function toggle() {
    state.overlays.set({ ...state.overlays.get(), venues: overlay.checked });
  }

  function showFeeds() {
    const feeds = state.status.get()?.exchanges ?? null;
    say(summary, feeds === null ? 'Loading' : tellFeeds(feeds));
    table.hidden = !feeds?.length;
    body.replaceChildren(...(feeds ?? []).map(line));
    const updated = Math.max(0, ...(feeds ?? []).map((feed) => feed.updated));
    say(asOf, updated ? `As the bot wrote it at ${format.formatInstant(updated)} ${format.zoneName(updated)}.` : '');
  }

  /** @param {import('./feeds.js').Feed} feed */
  function line(feed) {
    const told = tellFeed(feed);
    return make(
      'tr',
      { title: told.title },
      make('th', { scope: 'row' }, told.exchange),
      make(
        'td',
        { class: told.kind },
        make('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[told.kind]),
        told.state,
      ),
      make('td', { class: 'number' }, told.since),
      ...told.counts.map((count) => make('td', { class: count ? 'number' : 'number dim' }, format.formatCount(count))),
    );
  }

  function showVerdict() {
    const { text, kind } = badgeOf(state.verification.get(), state.now.get());
    say(badge, text);
    badge.dataset.kind = kind;
    differences.show(state.verification.get(), state.now.get());
  }

  function showOverlay() {
    overlay.checked = state.overlays.get().venues;
  }

  const stop = [
    state.status.subscribe(showFeeds),
    state.zone.listen(showFeeds),
    state.overlays.subscribe(showOverlay),
    ...[state.verification, state.now, state.zone].map((part) => part.listen(showVerdict)),
  ];
  showVerdict();
  return () => {
    for (const end of stop) end();
    element.classList.remove('panel-flow');
    element.replaceChildren();
  };
}
