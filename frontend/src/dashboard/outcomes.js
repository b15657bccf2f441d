/**
 * Trades by what was known at their entry: a table a question, and what they come to in a sentence.
 */

import { make, say } from '../dom.js';
import * as format from '../format.js';
import { mountCells } from './cells.js';
import { outcomeRows, QUESTIONS, sureness } from './outcomerows.js';
import { addSection } from './sections.js';

const TITLE = 'Does the outcome depend on what was known at the entry?';
const TEXT =
  'Trades in groups of about equal size by a value at their entry; CVD and delta in the trade\u2019s direction. The corrected p tells how likely mean profits so far apart are by luck alone when five questions are asked: below 0.05 it is more than luck. Intervals are wide because all of them hold together. A group needs 10 trades.';

/**
 * @param {HTMLElement} element
 * @param {() => void} retry
 * @param {import('./tips.js').Tips} tips
 */
export function mountOutcomes(element, retry, tips) {
  const section = addSection(element, tips, {
    name: 'outcomes',
    title: TITLE,
    help: [{ title: TITLE, text: TEXT }],
    retry,
  });
  const conclusion = make('p', { class: 'conclusion' });
  const room = make('div', { class: 'outcomes' });
  section.content.append(conclusion, room);
  /** @type {Map<string, ReturnType<typeof mountCells>>} */
  const tables = new Map();
  for (const [question, [title, unit]] of Object.entries(QUESTIONS)) {
    const heads = [unit || format.base(), 'Trades', 'Win rate, %', `Mean profit, ${format.quote()}`].map((each) => ({
      title: each,
    }));
    tables.set(question, mountCells(room, { label: title, heads, tips, captioned: true }));
  }
  return {
    /**
     * @param {import('./source.js').Known<import('../server/answers.js').Patterns>} known
     * @param {string | null} none why there is nothing to see
     */
    show(known, none) {
      section.state(known, none);
      if (!known.value) return;
      const { trades, confidence } = known.value;
      section.say(sureness(trades, confidence));
      say(conclusion, trades.conclusion);
      for (const table of trades.tables) tables.get(table.question)?.show(outcomeRows(table));
    },
  };
}
