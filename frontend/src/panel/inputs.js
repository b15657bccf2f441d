/**
 * The strategy's parameters as a form has them: what each is called, what a typed text means, which differ from the
 * bot's, and over which stretch they are tried. Pure.
 */

import * as format from '../format.js';
import { SPANS } from '../state/timeframes.js';

/** @typedef {import('../server/answers.js').Parameter} Parameter */
/** @typedef {import('../state/state.js').Period} Period */
/** @typedef {Record<string, unknown>} Values of parameters, by name */

const WORDS = { atr: 'ATR', fvg: 'FVG', cvd: 'CVD', tpsl: 'TP/SL' };

/**
 * A parameter's name in words: `atr_length` is "ATR length".
 * @param {string} name
 */
export function titleOf(name) {
  const words = name.split('_').map((word) => WORDS[/** @type {'atr'} */ (word)] ?? word);
  return (
    words[0].charAt(0).toUpperCase() +
    words[0].slice(1) +
    words
      .slice(1)
      .map((word) => ` ${word}`)
      .join('')
  );
}

/**
 * The parameters under their headings, in the server's order.
 * @param {readonly Parameter[]} parameters
 */
export function groupsOf(parameters) {
  /** @type {Map<string, Parameter[]>} */
  const groups = new Map();
  for (const parameter of parameters) groups.set(parameter.group, [...(groups.get(parameter.group) ?? []), parameter]);
  return [...groups].map(([title, members]) => ({ title, members }));
}

/**
 * What may be written: "3 to 45", "above 0 and below 100", "at least 1".
 * @param {Pick<Parameter, 'minimum' | 'maximum' | 'exclusive'>} parameter
 */
export function limitsOf({ minimum, maximum, exclusive }) {
  if (minimum === null && maximum === null) return '';
  if (maximum === null) return `${exclusive ? 'above' : 'at least'} ${minimum}`;
  if (minimum === null) return `${exclusive ? 'below' : 'at most'} ${maximum}`;
  return exclusive ? `above ${minimum} and below ${maximum}` : `${minimum} to ${maximum}`;
}

/**
 * What a text means for a parameter, or why it means nothing.
 * @param {Parameter} parameter
 * @param {string} text
 * @returns {{ value: string | number } | { problem: string }}
 */
export function readText(parameter, text) {
  const { kind, minimum, maximum, exclusive } = parameter;
  if (kind === 'choice') return { value: text };
  const value = Number(text.trim().replace('\u2212', '-').replace(',', '.'));
  const whole = kind === 'integer' ? 'a whole number' : 'a number';
  const allowed = [whole, limitsOf(parameter)].filter(Boolean).join(', ');
  const low = minimum !== null && (exclusive ? value <= minimum : value < minimum);
  const high = maximum !== null && (exclusive ? value >= maximum : value > maximum);
  const fits = text.trim() !== '' && Number.isFinite(value) && !low && !high;
  if (!fits || (kind === 'integer' && !Number.isInteger(value))) return { problem: `Allowed is ${allowed}.` };
  return { value };
}

/**
 * What is tried: the bot's parameters with the changed ones in their place.
 * @param {Values} current
 * @param {Values} tried
 * @returns {Values}
 */
export const settled = (current, tried) => ({ ...current, ...tried });

/**
 * Take a value; one that is the bot's own is no change.
 * @param {Values} tried
 * @param {Values} current
 * @param {string} name
 * @param {unknown} value
 * @returns {Values}
 */
export function withValue(tried, current, name, value) {
  const { [name]: _, ...rest } = tried;
  return value === current[name] ? rest : { ...rest, [name]: value };
}

/** What a parameter is without effect under, and the value that makes it so. @type {Record<string, [string, unknown]>} */
const IDLE = {
  take_profit_percent: ['tpsl_method', 'dynamic'],
  stop_loss_percent: ['tpsl_method', 'dynamic'],
  risk: ['tpsl_method', 'fixed'],
  reward_to_risk: ['tpsl_method', 'fixed'],
  atr_length_risk: ['tpsl_method', 'fixed'],
  swing_length: ['entry_mode', 'fvg'],
  fvg_sensitivity: ['entry_mode', 'order_block'],
  fvg_bars: ['entry_mode', 'order_block'],
};

/**
 * Why a parameter changes nothing now; null when it does.
 * @param {string} name
 * @param {Values} values
 */
export function idleBecause(name, values) {
  const [other, value] = IDLE[name] ?? [];
  return other && values[other] === value ? `No effect while ${titleOf(other)} is ${value}.` : null;
}

/**
 * A parameter's value as a person reads it.
 * @param {unknown} value
 */
export const showValue = (value) => (typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value));

/**
 * What was changed, in one line: "Risk low (bot: normal), ATR length 12 (bot: 10)".
 * @param {Values} tried
 * @param {Values} current
 */
export const tellChanges = (tried, current) =>
  Object.entries(tried)
    .map(([name, value]) => `${titleOf(name)} ${showValue(value)} (bot: ${showValue(current[name])})`)
    .join(', ');

/** Over what the strategy is run. @typedef {'chart' | 'period' | 'all'} Over */

/**
 * The stretch the chart shows; null before it shows any.
 * @param {{ centre: number | null, bars: number | null }} view
 * @param {import('../state/timeframes.js').Timeframe} timeframe
 * @returns {Period | null} whole minutes
 */
export function shownStretch({ centre, bars }, timeframe) {
  if (centre === null || bars === null) return null;
  const half = (bars * SPANS[timeframe]) / 2;
  const whole = /** @param {number} ms */ (ms) => Math.round(ms / SPANS['1m']) * SPANS['1m'];
  return { from: Math.max(0, whole(centre - half)), to: whole(centre + half) };
}

/**
 * The stretch after the trade that was open when it began.
 * @param {Period} stretch
 * @param {readonly { entryTime: number, exitTime: number }[]} trades
 * @param {number} bar length of the bars they were traded on, ms
 * @returns {Period}
 */
export function afterOpen({ from, to }, trades, bar) {
  const open = trades.filter(({ entryTime, exitTime }) => entryTime < from && exitTime >= from);
  return { from: Math.max(from, ...open.map(({ exitTime }) => exitTime + bar)), to };
}

/**
 * Days are enough for a long stretch.
 * @param {Period} stretch
 */
export const tellStretch = ({ from, to }) =>
  to - from > 40 * SPANS['1d']
    ? `${format.formatDay(from)} ${format.formatYear(from)} to ${format.formatDay(to)} ${format.formatYear(to)}`
    : format.formatStretch(from, to);
