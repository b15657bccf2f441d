/**
 * The API's answers, checked at the door: what passes has the shape the rest of the page relies on, what does not is
 * refused with the place that is wrong. More fields may come; none may go or change its type.
 */

export class BadAnswer extends Error {}

/**
 * A check takes a value and the path to it, and gives it back typed or throws BadAnswer.
 * @template T
 * @typedef {(value: unknown, path: string) => T} Check
 */

/**
 * @param {unknown} value
 * @param {string} path
 * @param {string} expected
 * @returns {never}
 */
function refuse(value, path, expected) {
  const found = JSON.stringify(value) ?? 'nothing';
  throw new BadAnswer(`${path} should be ${expected}, not ${found.slice(0, 60)}`);
}

/** @type {Check<number>} */
const number = (value, path) => (typeof value === 'number' ? value : refuse(value, path, 'a number'));

/** @type {Check<number>} */
const whole = (value, path) =>
  Number.isSafeInteger(value) ? /** @type {number} */ (value) : refuse(value, path, 'a whole number');

/** @type {Check<string>} */
const text = (value, path) => (typeof value === 'string' ? value : refuse(value, path, 'a text'));

/** @type {Check<boolean>} */
const flag = (value, path) => (typeof value === 'boolean' ? value : refuse(value, path, 'true or false'));

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<T | null>}
 */
const orNull = (check) => (value, path) => (value === null ? null : check(value, path));

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<T[]>}
 */
const list = (check) => (value, path) =>
  Array.isArray(value) ? value.map((item, index) => check(item, `${path}[${index}]`)) : refuse(value, path, 'a list');

/**
 * @template {Record<string, Check<any>>} S
 * @param {S} fields
 * @returns {Check<{ [K in keyof S]: ReturnType<S[K]> }>}
 */
const record = (fields) => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(value, path, 'an object');
  const source = /** @type {Record<string, unknown>} */ (value);
  return /** @type {any} */ (
    Object.fromEntries(Object.entries(fields).map(([name, check]) => [name, check(source[name], `${path}.${name}`)]))
  );
};

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<Record<string, T>>}
 */
const table = (check) => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(value, path, 'an object');
  return Object.fromEntries(
    Object.entries(/** @type {object} */ (value)).map(([name, item]) => [name, check(item, `${path}.${name}`)]),
  );
};

const snapshot = record({ id: text, published: whole, newest: orNull(whole) });

const columns = record({
  timestamp: list(whole),
  open: list(number),
  high: list(number),
  low: list(number),
  close: list(number),
  vBuy: list(number),
  vSell: list(number),
  sources: list(orNull(whole)),
  configured: list(orNull(whole)),
});

const candlesAnswer = record({ timeframe: text, pair: orNull(text), snapshot, forming: flag, candles: columns });

const statusAnswer = record({
  version: text,
  now: whole,
  database: record({ path: text, state: text, message: orNull(text), size: orNull(whole) }),
  schema: orNull(whole),
  snapshot: orNull(snapshot),
  origin: orNull(text),
  pairs: list(text),
  last_candle: orNull(record({ timestamp: whole, open: number, close: number })),
  counts: table(whole),
  exchanges: list(record({ exchange: text, connected: flag, last_trade: orNull(whole), updated: whole })),
  order: orNull(
    record({ entryType: text, entryPrice: number, entryTime: whole, stopLoss: number, takeProfit: number }),
  ),
  verification: orNull(record({ timestamp: whole, trades: whole })),
  configurations: list(record({ since: whole, pair: text, version: text })),
  trades: list(record({ pair: text, mode: text, count: whole })),
});

const errorAnswer = record({ error: record({ code: text, message: text, field: orNull(text) }) });

/** @typedef {ReturnType<typeof candlesAnswer>} Candles */
/** @typedef {ReturnType<typeof columns>} Bars columns of equal length, instants in ms */
/** @typedef {ReturnType<typeof statusAnswer>} Status */
/** @typedef {ReturnType<typeof errorAnswer>} Refusal */

/** @param {unknown} body */
export const readStatus = (body) => statusAnswer(body, 'status');

/** @param {unknown} body */
export const readRefusal = (body) => errorAnswer(body, 'refusal');

/** @param {unknown} body */
export function readCandles(body) {
  const answer = candlesAnswer(body, 'candles');
  const lengths = new Set(Object.values(answer.candles).map((column) => column.length));
  if (lengths.size !== 1) throw new BadAnswer('candles.candles should have columns of one length');
  return answer;
}
