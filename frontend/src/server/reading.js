/**
 * Checks that an answer's parts have the shape the page relies on: small ones, and how larger ones are made of them. What
 * does not pass is refused with the place that is wrong.
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
export function refuse(value, path, expected) {
  const found = JSON.stringify(value) ?? 'nothing';
  throw new BadAnswer(`${path} should be ${expected}, not ${found.slice(0, 60)}`);
}

/** @type {Check<number>} */
export const number = (value, path) => (typeof value === 'number' ? value : refuse(value, path, 'a number'));

/** @type {Check<number>} */
export const whole = (value, path) =>
  Number.isSafeInteger(value) ? /** @type {number} */ (value) : refuse(value, path, 'a whole number');

/** @type {Check<string>} */
export const text = (value, path) => (typeof value === 'string' ? value : refuse(value, path, 'a text'));

/** @type {Check<boolean>} */
export const flag = (value, path) => (typeof value === 'boolean' ? value : refuse(value, path, 'true or false'));

/** @type {Check<unknown>} */
export const anything = (value, path) => (value === undefined ? refuse(value, path, 'there') : value);

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<T | null>}
 */
export const orNull = (check) => (value, path) => (value === null ? null : check(value, path));

/**
 * What may be left out: null then.
 * @template T
 * @param {Check<T>} check
 * @returns {Check<T | null>}
 */
export const orMissing = (check) => (value, path) => (value === undefined ? null : orNull(check)(value, path));

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<T[]>}
 */
export const list = (check) => (value, path) =>
  Array.isArray(value) ? value.map((item, index) => check(item, `${path}[${index}]`)) : refuse(value, path, 'a list');

/**
 * @template {Record<string, Check<any>>} S
 * @param {S} fields
 * @returns {Check<{ [K in keyof S]: ReturnType<S[K]> }>}
 */
export const record = (fields) => (value, path) => {
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
export const table = (check) => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(value, path, 'an object');
  return Object.fromEntries(
    Object.entries(/** @type {object} */ (value)).map(([name, item]) => [name, check(item, `${path}.${name}`)]),
  );
};
