/**
 * Which columns the table of trades has: those that there is room for, or those that are ticked.
 */

import { make } from '../dom.js';
import { mountPopover } from '../shell/popover.js';
import { COLUMNS } from './columns.js';

/** What a column is called where its title is short. @type {Record<string, string>} */
const NAMES = {
  entryTime: 'Entry, time',
  entryPrice: 'Entry, price',
  exitTime: 'Exit, time',
  exitPrice: 'Exit, price',
  duration: 'Time in the trade',
  r: 'Profit in R',
  cumulative: 'Sum of the profits',
  mfe: 'MFE: largest profit while open',
  mae: 'MAE: largest loss while open',
  outcome: 'End: outcome',
};

/** The number is what a trade is called: it is always there. */
const ALWAYS = 'tradeNumber';

/**
 * Columns by their names, in their order; a chosen one is there whatever the room.
 * @param {readonly string[] | null} names
 */
export const columnsOf = (names) =>
  names
    ? COLUMNS.filter(({ name }) => name === ALWAYS || names.includes(name)).map((column) => ({ ...column, room: '' }))
    : COLUMNS;

/**
 * @param {HTMLElement} element
 * @param {import('../state/state.js').State} state
 * @param {() => readonly string[]} seen names of the columns that are seen now
 */
export function mountColumnChoice(element, state, seen) {
  const button = make(
    'button',
    { type: 'button', class: 'quiet', id: 'trades-columns', title: 'Which columns the table has' },
    'Columns',
  );
  element.append(button);
  const boxes = COLUMNS.filter(({ name }) => name !== ALWAYS).map(({ name, title }) => {
    const tick = make('input', { type: 'checkbox', id: `column-${name}`, value: name, change: choose });
    return { tick, label: make('label', { class: 'choice', for: tick.id }, tick, NAMES[name] ?? title) };
  });
  const box = mountPopover(
    button,
    'columns',
    'Columns',
    make('div', { class: 'group' }, ...boxes.map(({ label }) => label)),
    make(
      'div',
      { class: 'group' },
      make(
        'button',
        { type: 'button', class: 'item', click: () => state.tradeColumns.set(null) },
        'Those there is room for',
      ),
    ),
  );

  function choose() {
    state.tradeColumns.set([ALWAYS, ...boxes.filter(({ tick }) => tick.checked).map(({ tick }) => tick.value)]);
  }

  function show() {
    const names = seen();
    for (const { tick } of boxes) tick.checked = names.includes(tick.value);
  }
  box.addEventListener('beforetoggle', show);
  return {
    show,
    dispose() {
      element.replaceChildren();
    },
  };
}
