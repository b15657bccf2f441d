/**
 * A table's arithmetic: which of its rows are shown, in which order, which of them are in sight, and the rows as CSV.
 * Pure; a column says what a row's value is.
 */

/** @typedef {string | number | boolean | null} Value */

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name of the value, as the API and the CSV have it
 * @property {string} title
 * @property {string} [help] what it is, where the title is short
 * @property {(row: Row) => Value} value what it is sorted by and exported as
 * @property {(row: Row) => string} show
 * @property {(row: Row) => string} [kind] class of its cell
 * @property {boolean} [number] right-aligned, largest first
 * @property {string} [room] class of a column that is shown only where there is room, `room-3` where there is most
 */

/** @typedef {{ by: string, descending: boolean }} Order */

/**
 * Sort by a column; what has no value comes last in both directions, and equal rows keep their order.
 * @template Row
 * @param {readonly Row[]} rows
 * @param {readonly Column<Row>[]} columns
 * @param {Order} order
 */
export function sorted(rows, columns, order) {
  const value = columns.find(({ name }) => name === order.by)?.value;
  if (!value) return [...rows];
  const sign = order.descending ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return a < b ? -sign : a > b ? sign : 0;
  });
}

const COMPARISON = /^([a-z_]+)(<=|>=|<|>|=)([+\-\u2212]?[\d.]+)$/i;

/**
 * What a filter asks for: every word must be found in the row's text, and a comparison such as `profit>100` must hold
 * for the column of that name or title.
 * @template Row
 * @param {string} filter
 * @param {readonly Column<Row>[]} columns
 * @param {(row: Row) => string} text
 * @returns {(row: Row) => boolean}
 */
export function matcher(filter, columns, text) {
  const tests = filter
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => comparison(word, columns) ?? ((/** @type {Row} */ row) => text(row).includes(word)));
  return (row) => tests.every((test) => test(row));
}

/**
 * @template Row
 * @param {string} word
 * @param {readonly Column<Row>[]} columns
 * @returns {((row: Row) => boolean) | null}
 */
function comparison(word, columns) {
  const [, name, operator, number] = COMPARISON.exec(word) ?? [];
  const column = columns.find((each) => [each.name.toLowerCase(), each.title.toLowerCase()].includes(name));
  if (!column) return null;
  const limit = Number(number.replace('\u2212', '-'));
  return (row) => {
    const value = column.value(row);
    if (typeof value !== 'number') return false;
    if (operator === '<') return value < limit;
    if (operator === '>') return value > limit;
    if (operator === '<=') return value <= limit;
    return operator === '>=' ? value >= limit : value === limit;
  };
}

/**
 * The rows to make elements of: those in sight and some beyond, so that a fast wheel meets rows.
 * @param {{ top: number, height: number, row: number, count: number }} sight scroll position, height and row height, px
 * @param {number} beyond
 * @returns {{ first: number, end: number }} half-open
 */
export function inSight({ top, height, row, count }, beyond = 10) {
  const first = Math.max(0, Math.min(count, Math.floor(top / row) - beyond));
  return { first, end: Math.min(count, Math.ceil((top + height) / row) + beyond) };
}

/**
 * The row before or behind the one with this key; from none, the first or the last. An infinite step leads to an end.
 * @template Row
 * @param {readonly Row[]} rows
 * @param {(row: Row) => number} key
 * @param {number | null} current
 * @param {number} step
 * @returns {Row | null}
 */
export function neighbour(rows, key, current, step) {
  if (!Number.isFinite(step)) return (step > 0 ? rows.at(-1) : rows[0]) ?? null;
  const at = rows.findIndex((row) => key(row) === current);
  if (at === -1) return (step > 0 ? rows[0] : rows.at(-1)) ?? null;
  return rows[Math.max(0, Math.min(rows.length - 1, at + step))];
}

/**
 * RFC 4180, the values as they are: no thousands, a decimal point, nothing for what is not known. A text that a
 * spreadsheet would take for a formula has an apostrophe before it.
 * @template Row
 * @param {readonly Row[]} rows
 * @param {readonly { name: string, value: (row: Row) => Value }[]} columns
 */
export function toCsv(rows, columns) {
  const lines = rows.map((row) => columns.map(({ value }) => cell(value(row))).join(','));
  return [columns.map(({ name }) => name).join(','), ...lines, ''].join('\r\n');
}

/** @param {Value} value */
function cell(value) {
  const plain = value === null ? '' : String(value);
  const text = typeof value === 'string' && /^[=+\-@\t\r\n]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
