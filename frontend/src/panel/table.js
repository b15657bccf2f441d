/**
 * A table of thousands of rows: sorted by its headers, walked by the keyboard, with elements for the rows in sight only.
 * It is a real `table` with the grid pattern of ARIA: Tab reaches it, the arrow keys move the active row, Enter chooses.
 */

import './table.css';
import { make } from '../dom.js';
import { inSight, neighbour, sorted } from './rows.js';

/**
 * @template Row
 * @typedef {import('./rows.js').Column<Row>} Column
 */

/** Height of a row, px; table.css says the same. */
const ROW = 26;

/** What is done, one after the other, while the columns are wider than the room: less air, then without `room-0`. */
const TIGHTER = ['tight', 'tighter'];

/**
 * @template Row
 * @param {HTMLElement} element
 * @param {object} how
 * @param {string} how.label
 * @param {readonly Column<Row>[]} how.columns
 * @param {import('./rows.js').Order} how.order at first
 * @param {(row: Row) => number} how.key
 * @param {(row: Row) => void} how.choose
 * @param {(rows: readonly Row[]) => Record<string, string>[]} how.totals lines under the rows, by column; `''` is a title
 * @param {(row: Row) => string} [how.kind] class of a row
 */
export function mountTable(element, { label, columns: all, order: first, key, choose, totals, kind }) {
  let columns = all;
  let order = first;
  /** @type {readonly Row[]} */
  let rows = [];
  /** @type {readonly Row[]} */
  let shown = [];
  /** @type {number | null} */
  let active = null;
  /** @type {number | null} */
  let chosen = null;
  let drawn = '';
  const prefix = `row-${label.toLowerCase().replace(/\W+/g, '-')}-`;

  /** @type {HTMLTableCellElement[]} */
  let headers = [];
  const head = make('tr', { 'aria-rowindex': '1' });
  const before = make('tbody', { 'aria-hidden': 'true' }, spacer());
  const body = make('tbody');
  const behind = make('tbody', { 'aria-hidden': 'true' }, spacer());
  const foot = make('tfoot');
  const table = make(
    'table',
    { class: 'rows', role: 'grid', tabindex: '0', 'aria-label': label },
    make('thead', {}, head),
    before,
    body,
    behind,
    foot,
  );
  const scroller = make('div', { class: 'rows-scroller' }, table);
  element.append(scroller);

  function spacer() {
    return make('tr', { class: 'spacer' }, make('td'));
  }

  function makeHeaders() {
    headers = columns.map((column) => {
      const button = make('button', { type: 'button', class: 'sort', click: () => sortBy(column) }, column.title);
      if (column.help) button.title = column.help;
      return make('th', { scope: 'col', class: classOf(column) }, button);
    });
    head.replaceChildren(...headers);
    for (const part of [before, behind]) part.querySelector('td')?.setAttribute('colspan', String(columns.length));
  }

  /** @param {Column<Row>} column */
  function sortBy(column) {
    const again = order.by === column.name;
    order = { by: column.name, descending: again ? !order.descending : Boolean(column.number) };
    arrange();
  }

  function arrange() {
    shown = sorted(rows, all, order);
    columns.forEach((column, index) => {
      const here = column.name === order.by;
      headers[index].ariaSort = here ? (order.descending ? 'descending' : 'ascending') : 'none';
    });
    table.setAttribute('aria-rowcount', String(shown.length + 1));
    foot.replaceChildren(...totals(shown).map(total));
    drawn = '';
    draw();
    fit();
  }

  /** Let the columns fit the room, however long the numbers are. */
  function fit() {
    table.classList.remove(...TIGHTER);
    for (const way of TIGHTER) {
      if (scroller.scrollWidth <= scroller.clientWidth) return;
      table.classList.add(way);
    }
  }

  /** @param {Record<string, string>} line */
  function total(line) {
    const cells = columns.map((column) => make('td', { class: classOf(column) }, line[column.name] ?? ''));
    cells[0].textContent = line[columns[0].name] ?? '';
    const row = make('tr', {}, ...cells);
    if (line['']) row.title = line[''];
    return row;
  }

  /** Make elements of the rows in sight. */
  function draw() {
    const { first: from, end } = inSight({
      top: scroller.scrollTop,
      height: scroller.clientHeight || 600,
      row: ROW,
      count: shown.length,
    });
    const window = `${from} ${end} ${active} ${chosen}`;
    if (window === drawn) return;
    drawn = window;
    setHeight(before, from * ROW);
    setHeight(behind, (shown.length - end) * ROW);
    body.replaceChildren(...shown.slice(from, end).map((row, index) => line(row, from + index)));
    const there = active !== null && body.querySelector('.active');
    if (there) table.setAttribute('aria-activedescendant', there.id);
    else table.removeAttribute('aria-activedescendant');
  }

  /**
   * @param {Row} row
   * @param {number} index
   */
  function line(row, index) {
    const id = key(row);
    const classes = [kind?.(row) ?? '', id === active ? 'active' : '', index % 2 ? 'odd' : ''];
    return make(
      'tr',
      {
        id: prefix + id,
        class: classes.filter(Boolean).join(' '),
        'aria-rowindex': String(index + 2),
        'aria-selected': String(id === chosen),
        click: () => take(row),
      },
      ...columns.map((column) =>
        make('td', { class: `${classOf(column)} ${column.kind?.(row) ?? ''}`.trim() }, column.show(row)),
      ),
    );
  }

  /** @param {Row} row */
  function take(row) {
    active = key(row);
    choose(row);
    draw();
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    if (event.target !== table || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(scroller.clientHeight / ROW) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[/** @type {'Home'} */ (event.key)];
    if (step !== undefined) move(step);
    else if (event.key === 'Enter' && active !== null) {
      const row = shown.find((each) => key(each) === active);
      if (row) take(row);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} step */
  function move(step) {
    const next = neighbour(shown, key, active ?? chosen, step);
    if (!next) return;
    active = key(next);
    reveal(active);
    draw();
  }

  /** Scroll so that a row is in sight. @param {number} id */
  function reveal(id) {
    const index = shown.findIndex((row) => key(row) === id);
    if (index === -1) return;
    const room = scroller.clientHeight - ROW - foot.offsetHeight;
    const top = index * ROW;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW > scroller.scrollTop + room) scroller.scrollTop = top + ROW - room;
  }

  let frame = 0;
  const scrolled = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  };
  scroller.addEventListener('scroll', scrolled, { passive: true });
  table.addEventListener('keydown', walk);
  const watch = new ResizeObserver(() => {
    if (chosen !== null) reveal(chosen);
    fit();
    scrolled();
  });
  watch.observe(scroller);
  makeHeaders();
  arrange();

  return {
    /** Show these rows. @param {readonly Row[]} given */
    show(given) {
      const had = shown.some((row) => key(row) === chosen);
      rows = given;
      arrange();
      if (!had && chosen !== null) reveal(chosen);
    },
    /** Mark the row that is chosen, and scroll to it. @param {number | null} id */
    mark(id) {
      if (id === chosen) return;
      chosen = id;
      active = id;
      if (id !== null) reveal(id);
      draw();
    },
    /** Show these columns, whatever the room. @param {readonly Column<Row>[]} chosen */
    columns(chosen) {
      columns = chosen;
      makeHeaders();
      arrange();
    },
    /** Names of the columns that are seen. */
    seen: () => columns.filter((_, index) => headers[index].offsetWidth > 0).map(({ name }) => name),
    /** The rows as they stand there. */
    rows: () => shown,
    focus: () => table.focus(),
    /** Draw the cells anew: what they show has changed, the rows have not. */
    redraw: arrange,
    dispose() {
      cancelAnimationFrame(frame);
      watch.disconnect();
      scroller.remove();
    },
  };
}

/** @param {Column<any>} column */
const classOf = (column) => `${column.number ? 'number' : ''} ${column.room ?? ''}`.trim();

/**
 * @param {HTMLElement} part
 * @param {number} height
 */
function setHeight(part, height) {
  const cell = /** @type {HTMLElement} */ (part.querySelector('td'));
  cell.style.height = `${height}px`;
  part.hidden = height === 0;
}
