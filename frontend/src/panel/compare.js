/**
 * What would have been different: the trades of a what-if beside the real ones, and the figures of both. Pure.
 */

import * as format from '../format.js';
import { money, outcomeShort } from './words.js';

/** @typedef {import('../server/answers.js').Trade} Trade */
/** @typedef {import('../server/answers.js').TestedTrade} TestedTrade */
/** @typedef {import('../server/answers.js').Figures} Figures */

/** A position: what is known of a trade before it ends. @typedef {{ entryTime: number, entryType: string }} Entry */

/**
 * A trade that is not the same in both.
 * @typedef {object} Difference
 * @property {'dropped' | 'added' | 'changed'} kind only real, only tried, or the same entry with another end
 * @property {number} at its entry, ms
 * @property {Trade | null} real null when there is none, or it is still open
 * @property {TestedTrade | null} tried likewise
 * @property {number} profit by how much the tried one is better, USDT
 */

/**
 * @param {readonly Trade[]} real
 * @param {readonly TestedTrade[]} tried
 * @param {{ real?: Entry | null, tried?: Entry | null }} [open] positions that have not ended
 * @returns {{ same: number, differ: Difference[] }} oldest first
 */
export function compareTrades(real, tried, open = {}) {
  const left = new Map(tried.map((trade) => [keyOf(trade), trade]));
  const openKey = open.tried ? keyOf(open.tried) : '';
  /** @type {Difference[]} */
  const differ = [];
  let same = 0;
  for (const trade of real) {
    const key = keyOf(trade);
    const twin = left.get(key) ?? null;
    left.delete(key);
    if (twin && endsAlike(trade, twin)) same += 1;
    else
      differ.push({
        kind: twin || key === openKey ? 'changed' : 'dropped',
        at: trade.entryTime,
        real: trade,
        tried: twin,
        profit: (twin?.profit ?? 0) - trade.profit,
      });
  }
  for (const trade of left.values()) {
    const isOpen = open.real != null && keyOf(open.real) === keyOf(trade);
    differ.push({
      kind: isOpen ? 'changed' : 'added',
      at: trade.entryTime,
      real: null,
      tried: trade,
      profit: trade.profit,
    });
  }
  return { same, differ: differ.sort((one, other) => one.at - other.at) };
}

/** @param {Entry} trade */
const keyOf = ({ entryTime, entryType }) => `${entryType} ${entryTime}`;

/**
 * @param {Trade} real
 * @param {TestedTrade} tried
 */
const endsAlike = (real, tried) =>
  real.exitTime === tried.exitTime &&
  real.outcome === tried.outcome &&
  close(real.entryPrice, tried.entryPrice) &&
  close(real.exitPrice, tried.exitPrice) &&
  close(real.profit, tried.profit);

/**
 * Equal but for the rounding of another order of the same sums.
 * @param {number} one
 * @param {number} other
 */
const close = (one, other) => Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));

/**
 * A difference in words.
 * @param {Difference} difference
 */
export function tellDifference({ kind, real, tried }) {
  const side = (real ?? tried)?.entryType ?? '';
  const end = /** @param {Trade | TestedTrade | null} trade */ (trade) =>
    trade ? `${outcomeShort(trade.outcome)} ${money(trade.profit)}` : 'still open';
  if (kind === 'dropped') return { sign: '\u2212', title: `${side} left out`, text: `really ${end(real)}` };
  if (kind === 'added') return { sign: '+', title: `${side} added`, text: end(tried) };
  return { sign: '\u2260', title: `${side} ended otherwise`, text: `${end(real)} \u2192 ${end(tried)}` };
}

/**
 * A figure by its unit: money and R with a sign where a sign says something.
 * @param {number | null} value
 * @param {string} unit
 * @param {boolean} [withSign]
 */
export function showFigure(value, unit, withSign = false) {
  if (value === null) return '\u2013';
  /** @param {number} decimals */
  const shown = (decimals) =>
    withSign ? format.signed(value, (each) => format.fixed(each, decimals)) : format.fixed(value, decimals);
  if (unit === 'trades') return shown(0);
  if (unit === '%') return `${shown(1)} %`;
  if (unit === 'min') return withSign ? `${shown(0)} min` : format.formatDuration(value * 60_000);
  return shown(2);
}

/** Figures that are gains or losses: their own values have a sign. */
export const GAINS = new Set(['total_profit', 'expectancy', 'expectancy_r']);

/** The figures that are compared, and which way is better: 1 up, -1 down, 0 neither. */
const COMPARED = /** @type {const} */ ([
  ['total_profit', 'Net profit', 1],
  ['trades', 'Trades', 0],
  ['win_rate', 'Win rate', 1],
  ['break_even_win_rate', 'Break-even', -1],
  ['profit_factor', 'Profit factor', 1],
  ['expectancy', 'Expectancy', 1],
  ['expectancy_r', 'Expectancy, R', 1],
  ['max_drawdown', 'Max drawdown', -1],
  ['average_duration', 'Avg. duration', 0],
  ['fees', 'Fees', -1],
  ['sharpe', 'Sharpe', 1],
]);

/**
 * @typedef {object} Compared
 * @property {string} name
 * @property {string} title
 * @property {string} unit
 * @property {string} definition
 * @property {number | null} real
 * @property {number | null} tried
 * @property {number | null} difference null where one is not known
 * @property {number} better 1 the tried one is better, -1 worse, 0 neither
 */

/**
 * @param {Figures} real
 * @param {Figures} tried
 * @returns {Compared[]}
 */
export function compareFigures(real, tried) {
  return COMPARED.filter(([name]) => real[name] || tried[name]).map(([name, title, direction]) => {
    const [one, other] = [real[name]?.value ?? null, tried[name]?.value ?? null];
    const difference = one === null || other === null || close(one, other) ? null : other - one;
    const { unit = '', definition = '' } = tried[name] ?? real[name] ?? {};
    return {
      name,
      title,
      unit: unit ?? '',
      definition,
      real: one,
      tried: other,
      difference,
      better: difference === null ? 0 : Math.sign(difference) * direction,
    };
  });
}

/**
 * An account's curve as profit since the first row, so that two accounts begin at the same height.
 * @param {{ timestamp: number[], marked: number[] }} equity
 * @param {number} begin balance before the first row
 */
export const profitCurve = ({ timestamp, marked }, begin) =>
  timestamp.map((instant, row) => ({ timestamp: instant, value: marked[row] - begin }));
