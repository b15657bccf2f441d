/**
 * Small tables of numbers: what a cell says, the element made of it, and the same element kept while its text changes.
 */

import { make, say } from '../dom.js';

/** @typedef {import('./figures.js').Tone} Tone */
/** @typedef {import('./figures.js').Help} Help */

/**
 * @typedef {object} Cell
 * @property {string} text
 * @property {Tone | 'dim'} [tone]
 * @property {string} [small] behind the text: an interval, an n
 * @property {readonly Help[]} [help] what explains it
 * @property {number} [share] 0-100: a bar behind the text
 */

/** @typedef {{ title: string, help?: readonly Help[], number?: boolean }} Head */

/**
 * @param {string} text
 * @param {Tone | 'dim'} [tone]
 * @returns {Cell}
 */
export const cell = (text, tone = '') => ({ text, tone });

/**
 * @param {HTMLElement} element
 * @param {object} how
 * @param {string} how.label
 * @param {readonly Head[]} how.heads the first names the row
 * @param {import('./tips.js').Tips} how.tips
 * @param {boolean} [how.captioned] the label is seen as well
 */
export function mountCells(element, { label, heads, tips, captioned = false }) {
  const head = make(
    'tr',
    {},
    ...heads.map(({ title, help, number = true }, index) =>
      make(
        'th',
        { scope: 'col', class: index > 0 && number ? 'number' : '' },
        help?.length ? tips.label(title, help) : title,
      ),
    ),
  );
  const body = make('tbody');
  const table = make(
    'table',
    { class: 'cells' },
    make('caption', { class: captioned ? '' : 'said' }, label),
    make('thead', {}, head),
    body,
  );
  element.append(make('div', { class: 'cells-room' }, table));

  /**
   * @param {Cell} given
   * @param {number} index
   */
  function fresh(given, index) {
    const inner = given.help?.length ? tips.label('', given.help) : make('span');
    const small = make('small');
    const at = heads[index] ?? {};
    const part =
      index === 0
        ? make('th', { scope: 'row' }, inner, small)
        : make('td', { class: at.number === false ? '' : 'number' }, inner, small);
    fill(part, given, index);
    return part;
  }

  /**
   * @param {Element} part
   * @param {Cell} given
   * @param {number} index
   */
  function fill(part, given, index) {
    const [inner, small] = /** @type {HTMLElement[]} */ ([...part.children]);
    say(inner, given.text);
    if (given.help?.length) tips.explain(inner, given.help);
    say(small, given.small ? ` ${given.small}` : '');
    part.className = [index > 0 && heads[index]?.number !== false ? 'number' : '', given.tone ?? '']
      .filter(Boolean)
      .join(' ');
    if (given.share !== undefined)
      /** @type {HTMLElement} */ (part).style.setProperty('--share', `${Math.max(0, Math.min(100, given.share))}%`);
    part.classList.toggle('shared', given.share !== undefined);
  }

  return {
    /** Show these rows; elements stay where they are. @param {readonly (readonly Cell[])[]} rows */
    show(rows) {
      while (body.rows.length > rows.length) body.rows[body.rows.length - 1].remove();
      rows.forEach((cells, at) => {
        const row = body.rows[at];
        if (!row) body.append(make('tr', {}, ...cells.map(fresh)));
        else
          cells.forEach((given, index) => {
            const part = row.cells[index];
            const explained = part.firstElementChild?.localName === 'button';
            if (explained === Boolean(given.help?.length)) fill(part, given, index);
            else part.replaceWith(fresh(given, index));
          });
      });
    },
  };
}

/**
 * Figures one after the other, each with its name before it, in as many columns as there is room for.
 * @param {HTMLElement} element
 * @param {import('./tips.js').Tips} tips
 */
export function mountFacts(element, tips) {
  const list = make('dl', { class: 'facts' });
  element.append(list);
  /** @type {Map<string, { value: HTMLElement, small: HTMLElement, label: HTMLElement }>} */
  const parts = new Map();
  return {
    /** @param {readonly { label: string, help: readonly Help[], value: Cell }[]} facts */
    show(facts) {
      for (const { label, help, value } of facts) {
        let part = parts.get(label);
        if (!part) {
          part = { label: tips.label(label), value: make('b'), small: make('small') };
          parts.set(label, part);
          list.append(make('div', {}, make('dt', {}, part.label), make('dd', {}, part.value, part.small)));
        }
        tips.explain(part.label, help);
        say(part.value, value.text);
        part.value.className = value.tone ?? '';
        say(part.small, value.small ? ` ${value.small}` : '');
      }
    },
  };
}
