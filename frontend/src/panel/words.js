/**
 * How the panel says what happened: money, sides, phases and setups in plain words. Pure.
 */

import * as format from '../format.js';

/** @typedef {import('../server/answers.js').Trade} Trade */
/** @typedef {import('../server/answers.js').Order} Order */
/** @typedef {import('../server/answers.js').Setup} Setup */
/** @typedef {import('../server/answers.js').SetupEvent} SetupEvent */
/** @typedef {'up' | 'down' | ''} Tone */

/** @param {number} value USDT */
export const money = (value) => format.signed(value, (each) => format.fixed(each, 2));

/** @param {number | null} value multiples of the stop's cost */
export const inR = (value) => (value === null ? '' : `${format.signed(value, (each) => format.fixed(each, 2))} R`);

/** @param {number | null} value */
export const tone = (value) => /** @type {Tone} */ (value === null || value === 0 ? '' : value > 0 ? 'up' : 'down');

/** @param {string} direction of a signal, gap or setup */
export const adjective = (direction) => (direction === 'bull' ? 'bullish' : 'bearish');

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {Trade} trade */
export const tradeTitle = (trade) =>
  `Trade #${trade.tradeNumber}, ${trade.entryType}, Profit: ${format.formatDollars(trade.profit)}`;

/** @param {string} outcome as stored @returns {string} two letters */
export const outcomeShort = (outcome) =>
  ({ 'take profit': 'TP', 'stop loss': 'SL', 'forced close': 'FC' })[outcome.toLowerCase()] ?? outcome;

/** @type {Record<string, string>} */
const PHASES = {
  waiting_for_cvd: 'waiting for a turn of the CVD',
  waiting_for_fvg: 'waiting for a gap',
  waiting_for_order_block: 'waiting for an order block',
  waiting_for_retracement: 'waiting for the price to come back into the zone',
  entered: 'in a position',
  exited: 'left the position',
  aborted: 'aborted',
};

/** @param {string} phase */
export const phaseWords = (phase) => PHASES[phase] ?? phase.replaceAll('_', ' ');

/**
 * A value of an event's detail, where it is a number.
 * @param {SetupEvent | undefined} event
 * @param {string} name
 */
export function numberIn(event, name) {
  const value = event?.detail[name];
  return typeof value === 'number' ? value : null;
}

/**
 * A value of an event's detail, where it is a text.
 * @param {SetupEvent | undefined} event
 * @param {string} name
 */
export function textIn(event, name) {
  const value = event?.detail[name];
  return typeof value === 'string' ? value : null;
}

/**
 * What the strategy is doing now, in one line: "bearish since 14:10, waiting for a gap; the last one failed: height 0.8
 * of 1.2".
 * @param {Setup | undefined} setup the newest
 * @param {number} [now] ms; a day other than today's is said
 */
export function whatNow(setup, now) {
  if (!setup) return 'no setup yet';
  const newest = setup.events.at(-1);
  const since = newest ? when(newest.timestamp, now) : '';
  if (setup.state === 'aborted') return `aborted at ${since}: ${textIn(newest, 'reason') ?? 'no reason kept'}`;
  if (setup.state === 'exited') return `left the position at ${since}; the next bar begins a new setup`;
  const what = (setup.waits_for ?? phaseWords(setup.state).replace(/^waiting for /, ''))
    .replace(/^a (bullish|bearish) fair value gap/, 'a gap')
    .replace(/^a (bullish|bearish) order block/, 'an order block')
    .replace('the last candidate failed', 'the last one failed')
    .replace(PRICES, (text) => format.formatPrice(Number(text)));
  const signal = setup.events.find(({ event }) => event === 'signal');
  if (!setup.direction || !signal) return `waiting for ${what}`;
  const begun = setup.state === 'entered' ? `${SIDES[setup.direction]} since ${since}` : '';
  return `${begun || `${adjective(setup.direction)} since ${when(signal.timestamp, now)}`}, waiting for ${what}`;
}

/** The prices of what a setup waits for; what a candidate measured is no price. */
const PRICES = /(?<=(?:target|stop|into|to) )\d+(?:\.\d+)?/g;

/** @type {Record<string, string>} */
const SIDES = { bull: 'long', bear: 'short' };

/**
 * @param {number} instant
 * @param {number} [now]
 */
const when = (instant, now) =>
  now === undefined || format.formatDay(instant) === format.formatDay(now)
    ? format.formatTime(instant)
    : `${format.formatDay(instant)} ${format.formatTime(instant)}`;

/**
 * One setup as a row of the list.
 * @param {Setup} setup
 * @param {Trade | null} trade the one it led to
 * @returns {{ title: string, text: string, tone: Tone, from: number | null, to: number | null }}
 */
export function tellSetup(setup, trade) {
  const first = setup.events[0];
  const last = setup.events.at(-1);
  const title = setup.direction ? capital(adjective(setup.direction)) : 'No direction yet';
  const told = {
    title,
    tone: /** @type {Tone} */ (''),
    from: first?.timestamp ?? null,
    to: last?.timestamp ?? null,
  };
  if (setup.state === 'aborted' && last) {
    const while_ = textIn(last, 'phase');
    const reason = textIn(last, 'reason') ?? 'no reason kept';
    return {
      ...told,
      text: `aborted${while_ ? ` ${phaseWords(while_).replace('waiting', 'while waiting')}` : ''}: ${reason}`,
    };
  }
  if (trade)
    return {
      ...told,
      tone: tone(trade.profit),
      text: `trade #${trade.tradeNumber}, ${trade.outcome} ${money(trade.profit)}${trade.late ? ', late' : ''}`,
    };
  if (setup.state === 'exited') return { ...told, text: textIn(last, 'outcome') ?? 'left the position' };
  if (setup.state === 'entered') return { ...told, text: 'in a position' };
  return { ...told, text: whatNow(setup).replace(/^(bullish|bearish) since \S+, /, '') };
}

/**
 * The position for the window's title: "Short +312 (+0.51 R)".
 * @param {Order} order
 */
export function positionTitle(order) {
  const profit = order.profit === null ? '' : ` ${format.signed(order.profit, (each) => format.fixed(each, 0))}`;
  return `${order.entryType}${profit}${order.r === null ? '' : ` (${inR(order.r)})`}`;
}

/**
 * How far the price is on its way from the entry: "42 % to the target", "18 % to the stop".
 * @param {number} way 1 is the target, -1 the stop
 */
export const wayWords = (way) =>
  `${format.fixed(Math.abs(way) * 100, 0)} % of the way to the ${way < 0 ? 'stop' : 'target'}`;
