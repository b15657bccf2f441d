/**
 * A part of the dashboard with its heading: what it shows is known, waited for, or not to be had for a reason; the
 * numbers of a chart stand in a table behind a button.
 */

import { make, say } from '../dom.js';

/** @typedef {import('./figures.js').Help} Help */

/**
 * @param {HTMLElement} parent
 * @param {import('./tips.js').Tips} tips
 * @param {object} what
 * @param {string} what.name
 * @param {string} what.title
 * @param {string} [what.of] said small behind the title
 * @param {readonly Help[]} what.help
 * @param {() => void} what.retry
 */
export function addSection(parent, tips, { name, title, of = '', help, retry }) {
  const reading = make('span', { class: 'reading' });
  const note = make('p', { class: 'note', role: 'status', hidden: true });
  const content = make('div', { class: 'content' });
  const aside = make('small', {}, of);
  const part = make(
    'section',
    { class: `part part-${name}`, 'aria-label': title, 'data-part': name },
    make('div', { class: 'part-head' }, make('h3', {}, tips.label(title, help)), aside, reading),
    note,
    content,
  );
  parent.append(part);
  return {
    part,
    content,
    reading,
    /** Say something small behind the title. @param {string} text */
    say: (text) => say(aside, text),
    /**
     * @param {import('./source.js').Known<any>} known
     * @param {string | null} [nothing] why there is nothing to see though it is known
     */
    state({ value, waiting, problem }, nothing = null) {
      part.classList.toggle('awaited', value === null && waiting);
      part.classList.toggle('stale', value !== null && waiting);
      part.classList.toggle('unknown', value === null);
      part.setAttribute('aria-busy', String(waiting));
      const text = value === null ? problem : nothing;
      note.hidden = text === null;
      content.hidden = value === null ? problem !== null : nothing !== null;
      if (text === null) return;
      if (value === null)
        note.replaceChildren(text, ' ', make('button', { type: 'button', class: 'plain', click: retry }, 'Try again'));
      else say(note, text);
    },
  };
}

/** @typedef {ReturnType<typeof addSection>} Section */

/**
 * Numbers behind a chart, made when they are first looked at.
 * @param {HTMLElement} element
 * @param {string} title
 * @param {(place: HTMLElement) => { show: (rows: any) => void }} mount
 */
export function addNumbers(element, title, mount) {
  const place = make('div', { class: 'numbers-room' });
  /** @type {{ show: (rows: any) => void } | null} */
  let table = null;
  /** @type {(() => any) | null} */
  let latest = null;
  const details = make('details', { class: 'numbers', toggle: draw }, make('summary', {}, title), place);
  element.append(details);

  function draw() {
    if (!details.open || !latest) return;
    table ??= mount(place);
    table.show(latest());
  }

  return {
    /** @param {() => any} rows asked for when they are looked at */
    show(rows) {
      latest = rows;
      draw();
    },
  };
}
