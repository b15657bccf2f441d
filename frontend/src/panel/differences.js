/**
 * The verdict "live = replay" as a text: when, over what, and each difference with a link to its bar. In the dialog of the
 * badge and in the tab of the venues.
 */

import { make, say } from '../dom.js';
import * as format from '../format.js';
import { tellVerdict } from './verdict.js';

/** Differences that are listed at once; there can be one a minute. */
const LISTED = 200;

/**
 * @param {HTMLElement} element
 * @param {(instant: number) => void} go
 */
export function mountDifferences(element, go) {
  const when = make('p', { class: 'dim' });
  const summary = make('p');
  const list = make('div', { class: 'differences' });
  element.append(summary, when, list);
  let told = '';

  return {
    /**
     * @param {import('./verdict.js').Verification | null} verification
     * @param {number} now ms
     */
    show(verification, now) {
      const verdict = tellVerdict(verification, now);
      say(when, verdict.when);
      say(summary, verdict.summary);
      when.className = verdict.old ? 'warn' : 'dim';
      const telling = JSON.stringify([verdict.groups, format.zoneName(now)]);
      if (telling === told) return;
      told = telling;
      list.replaceChildren(...verdict.groups.flatMap((group) => listed(group, go)));
    },
  };
}

/**
 * @param {ReturnType<typeof tellVerdict>['groups'][number]} group
 * @param {(instant: number) => void} go
 */
function listed({ title, differences }, go) {
  const more = differences.length - LISTED;
  return [
    make('h3', {}, `${title} (${differences.length})`),
    make(
      'ul',
      {},
      ...differences
        .slice(0, LISTED)
        .map(({ timestamp, what }) =>
          make(
            'li',
            {},
            make(
              'button',
              { type: 'button', class: 'quiet link', title: 'Show its bar in the chart', click: () => go(timestamp) },
              format.formatInstant(timestamp),
            ),
            make('span', {}, what),
          ),
        ),
      ...(more > 0 ? [make('li', {}, `and ${more} more: \`cvdbot verify --json\` has them all`)] : []),
    ),
  ];
}
