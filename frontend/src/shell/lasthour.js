/**
 * How much of the last hour is complete: the share of its minutes that every configured exchange saw, in the header.
 */

import { say } from '../dom.js';
import * as format from '../format.js';
import { BadAnswer } from '../server/answers.js';
import { getCompleteness, Refused, ServerLost } from '../server/api.js';
import { detailsOf, pairOf } from '../state/pair.js';
import { MINUTE } from '../state/timeframes.js';

/** @typedef {import('../state/state.js').State} State */

/** Minutes looked at. */
const HOUR = 60;

/**
 * What the last hour's states say. A minute that is not stored counts as missing.
 * @param {string[]} states of the stored minutes
 * @returns {{ percent: number | null, words: string }} percent is null when the earlier bot stored them without telling
 */
export function judge(states) {
  /** @param {string} name */
  const count = (name) => states.filter((state) => state === name).length;
  const complete = count('whole') + count('healed');
  const absent = HOUR - states.length + count('none');
  const parts = [
    `${complete} of the last ${HOUR} minutes complete`,
    count('healed') ? `${count('healed')} of them fetched afterwards` : '',
    count('lacking') ? `${count('lacking')} with an exchange missing` : '',
    count('unknown') ? `${count('unknown')} not known` : '',
    absent ? `${absent} not stored` : '',
  ];
  const percent = count('unknown') === states.length ? null : (100 * complete) / HOUR;
  return { percent, words: parts.filter(Boolean).join(', ') };
}

/** @param {number} percent */
const alarm = (percent) => (percent < 75 ? 'bad' : percent < 100 ? 'warn' : '');

/**
 * @param {HTMLElement} element
 * @param {State} state
 */
export function mountLastHour(element, state) {
  let asked = '';
  /** Whose figure is shown. @type {string | undefined} */
  let whose;

  function silence() {
    say(element, '');
    element.title = '';
  }

  async function refresh() {
    const status = state.status.get();
    const newest = status?.snapshot?.newest;
    const pair = pairOf(state);
    if (newest == null || detailsOf(state)?.followed === false) {
      asked = '';
      silence();
      return;
    }
    const asking = `${status?.snapshot?.id} ${pair}`;
    if (asking === asked) return;
    if (pair !== whose) silence();
    whose = pair;
    asked = asking;
    try {
      const from = newest - (HOUR - 1) * MINUTE;
      const { completeness } = await getCompleteness({ timeframe: '1m', from, limit: HOUR, pair });
      if (asking !== asked) return;
      const { percent, words } = judge(completeness.state);
      say(element, percent === null ? '' : `${format.fixed(Math.floor(percent), 0)} %`);
      element.className = `last-hour ${percent === null ? '' : alarm(percent)}`;
      element.title = words;
      element.setAttribute('aria-label', words);
    } catch (error) {
      if (!(error instanceof ServerLost || error instanceof Refused || error instanceof BadAnswer)) throw error;
      asked = ''; // the next snapshot asks again; the figure stays
    }
  }
  const stop = [state.status.subscribe(refresh), state.pair.listen(refresh)];
  return () => {
    for (const end of stop) end();
  };
}
