/**
 * The rows of the tables of trades by what was known at their entry, made of the API's answer. Pure.
 */

import * as format from '../format.js';
import { cell } from './cells.js';
import { NOTHING } from './rows.js';

/** @typedef {import('./cells.js').Cell} Cell */
/** @typedef {import('../server/answers.js').Patterns['trades']} Trades */
/** @typedef {Trades['tables'][number]} Outcomes */
/** @typedef {NonNullable<Outcomes['groups']>[number]} Group */

/** Question -> its title, the unit of its values (none: the pair's base coin), and their decimals. */
export const QUESTIONS = /** @type {const} */ ({
  cvd: ['CVD at entry', '', 2],
  delta: ['Delta of the entry bar', '% of volume', 1],
  gap: ['Gap taken', 'ATR', 2],
  hour: ['Hour of entry', 'UTC', 0],
  volatility: ['Volatility at entry', 'ATR, % of price', 3],
});

/** @typedef {keyof typeof QUESTIONS} Question */

/** @param {Outcomes} table @returns {Cell[][]} a row a group, and below the means how likely they are */
export const outcomeRows = ({ question, groups, unknown, corrected_p: p }) => [
  ...(groups ?? []).map((group) => [
    cell(span(question, group)),
    cell(format.formatCount(group.n)),
    estimated(group.win_rate, 0),
    estimated(group.mean_profit, 0, true),
  ]),
  [
    cell('Corrected p', 'dim'),
    cell(''),
    unknown ? cell(`${format.formatCount(unknown)} unknown`, 'dim') : cell(''),
    groups === null || p === null ? cell('too few', 'dim') : cell(format.fixed(p, p < 0.05 ? 4 : 2)),
  ],
];

/** @param {string} question @param {Group} group */
function span(question, { lowest, highest }) {
  if (question === 'hour') return `${hour(lowest)} to ${hour(highest + 1)}`;
  const decimals = QUESTIONS[/** @type {Question} */ (question)]?.[2] ?? 2;
  return `${format.fixed(lowest, decimals)} to ${format.fixed(highest, decimals)}`;
}

/** @param {number} value */
const hour = (value) => `${String(value).padStart(2, '0')}:00`;

/**
 * @param {import('../server/answers.js').Estimate | null} estimate
 * @param {number} decimals
 * @param {boolean} [sign]
 * @returns {Cell}
 */
function estimated(estimate, decimals, sign = false) {
  if (estimate === null) return { ...NOTHING, text: 'too few', tone: 'dim' };
  /** @param {number} value */
  const plain = (value) => format.fixed(value, decimals);
  /** @param {number} value */
  const said = (value) => (sign ? format.signed(value, plain) : plain(value));
  return { text: said(estimate.value), small: `${said(estimate.low)} to ${said(estimate.high)}` };
}

/** How sure it is, said small behind the title. @param {Trades} trades @param {number} confidence */
export const sureness = ({ mode, n, late, intervals, each_confidence: each }, confidence) =>
  [
    `${format.formatCount(n)} ${mode} trades`,
    late ? `${format.formatCount(late)} late left out` : '',
    intervals
      ? `${intervals} intervals that hold together with ${confidence} %, each with ${format.fixed(each, 1)} %`
      : '',
  ]
    .filter(Boolean)
    .join(', ');
