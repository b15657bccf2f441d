/**
 * How a figure of the API is said: its value with sign and unit, what it is called, and why it has none. Pure.
 */

import * as format from '../format.js';
import { capital, tone } from '../panel/words.js';

/** @typedef {import('../server/answers.js').Figures[string]} Figure */
/** @typedef {import('../panel/words.js').Tone} Tone */
/** @typedef {{ value: number | null, unit: string | null, n: number, definition: string }} Measured */

/** Figures that are a profit or a change: they have a sign, and the colour of it. */
const SIGNED = new Set([
  'total_profit',
  'total_profit_percent',
  'average_profit',
  'average_profit_percent',
  'price_profit',
  'expectancy',
  'expectancy_r',
  'expectancy_low',
  'expectancy_high',
  'best',
  'worst',
  'long_profit',
  'long_average_profit',
  'short_profit',
  'short_average_profit',
  'profit_at_0_percent',
  'profit_at_0_055_percent',
  'profit_at_0_1_percent',
  'buy_and_hold',
  'buy_and_hold_percent',
  'delta',
  'cvd_slope',
]);

/** A fall is told as a loss. */
const FALLS = new Set(['max_drawdown', 'max_drawdown_percent', 'marked_max_drawdown', 'marked_max_drawdown_percent']);

/** @type {Record<string, string>} */
const TITLES = {
  sqn: 'SQN',
  atr: 'ATR, newest',
  mean_atr: 'ATR, mean',
  expectancy_r: 'Expectancy in R',
  range_p90: 'Range, 90th percentile',
  range_p99: 'Range, 99th percentile',
  mean_range: 'Range, mean',
  mean_range_percent: 'Range, mean, %',
  max_range: 'Range, largest',
  cvd_slope: 'CVD trend',
  cvd_efficiency: 'CVD straightness',
  parkinson_volatility: 'Parkinson volatility',
  delta_price_correlation: 'Delta and price, correlation',
  profit_at_0_percent: 'Profit without fees',
  profit_at_0_055_percent: 'Profit at 0.055 % a side',
  profit_at_0_1_percent: 'Profit at 0.1 % a side',
};

/** @param {string} name of a figure, as the API has it */
export const titleOf = (name) =>
  TITLES[name] ??
  capital(
    name
      .replaceAll('_', ' ')
      .replace(/ percent$/, ', %')
      .replace(/^marked /, 'marked: '),
  );

/**
 * A value in its unit, with a sign where it is a profit.
 * @param {string} name
 * @param {number} value
 * @param {string | null} unit
 */
export function sayValue(name, value, unit) {
  if (unit === 'UTC ms') return instant(value);
  if (unit === 'min') return format.formatDuration(value * 60_000);
  if (unit === 'days') return days(value);
  if (unit === 'trades') return format.formatCount(value);
  const decimals = decimalsOf(unit, value);
  /** @param {number} each */
  const plain = (each) => format.fixed(each, decimals);
  const shown = FALLS.has(name) ? plain(-value || 0) : SIGNED.has(name) ? format.signed(value, plain) : plain(value);
  return unit ? `${shown} ${unit}` : shown;
}

/**
 * @param {string | null} unit
 * @param {number} value
 */
function decimalsOf(unit, value) {
  if (unit === '%' || unit === '% a year') return Math.abs(value) < 0.1 && value !== 0 ? 3 : 1;
  return 2;
}

/** @param {number} value ms */
export const instant = (value) => `${format.formatDay(value)} ${format.formatTime(value)} ${format.zoneName(value)}`;

/** @param {number} value */
const days = (value) => (value < 2 ? format.formatDuration(value * 86_400_000) : `${format.fixed(value, 1)} days`);

/**
 * @param {string} name
 * @param {Measured | undefined} figure
 * @returns {Tone}
 */
export function toneOf(name, figure) {
  if (!figure || figure.value === null) return '';
  if (FALLS.has(name)) return figure.value > 0 ? 'down' : '';
  return SIGNED.has(name) ? tone(figure.value) : '';
}

const NEEDS = /Needs at least ([\d,]+) ([a-z ]+?)s?\./;
const NULL = /Null((?: where| when| without|: )[^.]*)\./;

/**
 * How many of what a figure needs, in its definition's words.
 * @param {string} definition
 * @returns {{ least: number, of: string } | null} `of` in the singular
 */
export function needs(definition) {
  const [, least, of] = NEEDS.exec(definition) ?? [];
  return least === undefined ? null : { least: Number(least.replaceAll(',', '')), of };
}

/**
 * Why there is no value, never 0 in its place: too few, or nothing to divide by.
 * @param {Measured} figure without a value
 * @returns {{ word: string, reason: string }}
 */
export function lacking({ n, definition }) {
  const wanted = needs(definition);
  if (wanted && n < wanted.least)
    return {
      word: 'too few',
      reason: `needs ${format.counted(wanted.least, wanted.of)}, has ${format.formatCount(n)}`,
    };
  const why = NULL.exec(definition)?.[1].replace(/^:/, '').trim();
  return { word: 'none', reason: why ?? 'not known' };
}

/**
 * A figure in one text: its value, or why there is none.
 * @param {string} name
 * @param {Measured} figure
 */
export function sayFigure(name, figure) {
  if (figure.value !== null) return sayValue(name, figure.value, figure.unit);
  const { word, reason } = lacking(figure);
  return `${word}: ${reason}`;
}

/**
 * What explains a figure on hover and focus.
 * @param {string} name
 * @param {Measured & { note?: string | null }} figure
 * @returns {Help}
 */
export const helpOf = (name, figure) => ({
  title: titleOf(name),
  text: `${figure.definition} n = ${format.formatCount(figure.n)}${figure.note ? ` (${figure.note})` : ''}.`,
});

/** @typedef {{ title: string, text: string }} Help */
