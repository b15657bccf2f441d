/**
 * What the tooltip says of the thing under the mouse: a title and lines of name and value. Pure.
 */

import * as format from '../format.js';
import { endOf, isLong } from './layers/fills.js';
import { sumOf } from './layers/tradegroups.js';

/** @typedef {import('./layers/tradeshapes.js').Placed} Placed */
/** @typedef {'up' | 'down' | 'warn' | 'whatif' | ''} Tone */
/** @typedef {{ title: string, tone: Tone, lines: [string, string][] }} Said */

const price = format.formatPrice;

/**
 * @param {number} open ms
 * @param {number} length ms
 */
const bar = (open, length) => `${format.formatTime(open)}-${format.formatTime(open + length)}`;

/**
 * @param {Placed} placed
 * @param {number} span length of a shown bar, ms
 * @returns {Said}
 */
export function sayTrade({ trade, whatif, bar: length, exit, touched }, span) {
  const below = span < length;
  const name = `${whatif ? 'What-if trade' : 'Trade'} #${trade.tradeNumber}`;
  /** @param {number} instant */
  const day = (instant) => `${format.formatDay(instant)} ${format.formatTime(instant)}`;
  const entered = length ? `bar ${bar(trade.entryTime, length)}, filled at its close` : '';
  const left =
    length === 0
      ? ''
      : endOf(trade) === 'other'
        ? `bar ${bar(trade.exitTime, length)}, filled at its close`
        : below && touched
          ? `first touched ${bar(exit, span)}, in bar ${bar(trade.exitTime, length)}`
          : `touched in bar ${bar(trade.exitTime, length)}`;
  const r = rOf(trade);
  /** @type {[string, string][]} */
  const lines = [
    ['Entry', `${price(trade.entryPrice)} at ${day(trade.entryTime + (length ? length : 0))}`],
    ['', entered],
    ['Exit', `${price(trade.exitPrice)} at ${day(below && touched ? exit : trade.exitTime)}`],
    ['', left],
    ['Outcome', trade.outcome],
    ['Duration', format.formatDuration(trade.duration ?? trade.exitTime - trade.entryTime)],
    [
      'Fees',
      trade.fees == null ? 'not kept' : trade.fees === 0 ? '0 (before fees)' : format.formatAmount(trade.fees, 2),
    ],
    ['R', r === null ? 'not known' : `${format.signed(r, (value) => format.fixed(value, 2))} R`],
  ];
  if (trade.late) lines.push(['Late', 'decided after its bar: not counted in figures']);
  if (whatif) lines.push(['', 'never happened: other parameters']);
  return {
    title: `${name}, ${trade.entryType}, Profit: ${format.formatDollars(trade.profit)}`,
    tone: whatif ? 'whatif' : trade.profit < 0 ? 'down' : 'up',
    lines: lines.filter(([, text]) => text !== ''),
  };
}

/** Trades of a group that the tooltip names, by their numbers. */
const NAMED = 8;

/**
 * @param {import('./layers/tradegroups.js').Group} group
 * @returns {Said}
 */
export function sayGroup(group) {
  const { members, whatif } = group;
  const { count, profit, won, late } = sumOf(group);
  const long = members.filter(({ trade }) => isLong(trade)).length;
  /** @type {[string, string][]} */
  const lines = [
    ['Won', `${won} of ${count - late}`],
    ['Sides', `${long} Long, ${count - long} Short`],
    ...members
      .slice(0, NAMED)
      .map(
        ({ trade }) =>
          /** @type {[string, string]} */ ([
            `#${trade.tradeNumber}`,
            `${trade.entryType}, ${format.formatDollars(trade.profit)}${trade.late ? ', late' : ''}`,
          ]),
      ),
  ];
  if (count > NAMED) lines.push(['', `and ${count - NAMED} more`]);
  if (late) lines.push(['Late', `${late} decided after the bar: not counted in the profit`]);
  lines.push(['', 'a shorter timeframe shows each']);
  return {
    title: `${count} ${whatif ? 'what-if ' : ''}trades within this bar, Profit: ${format.formatDollars(profit)}`,
    tone: whatif ? 'whatif' : profit < 0 ? 'down' : 'up',
    lines,
  };
}

/**
 * Profit in multiples of what the stop would have cost; null where the stop is not known.
 * @param {import('./layers/fills.js').Trade & { size?: number | null }} trade
 */
function rOf({ r, profit, entryPrice, stopLoss, size }) {
  if (r != null) return r;
  const cost = stopLoss == null || size == null ? 0 : Math.abs(entryPrice - stopLoss) * size;
  return cost > 0 ? profit / cost : null;
}

/**
 * @param {import('./primitives/boxes.js').Zone} zone
 * @param {string} of the timeframe it is of
 * @param {number} length of that timeframe's bar, ms
 * @returns {Said}
 */
export function sayZone(zone, of, length) {
  const bull = zone.direction === 'bull';
  /** @type {Record<string, string>} */
  const ends = { closed: 'closed', broken: 'broken', expired: 'expired, never touched' };
  const ended = zone.ended_by === null ? 'still open' : (ends[zone.ended_by] ?? zone.ended_by);
  return {
    title: `${bull ? 'Bullish' : 'Bearish'} ${zone.kind === 'gap' ? 'fair value gap' : 'order block'}`,
    tone: bull ? 'up' : 'down',
    lines: [
      ['Bounds', `${price(zone.bottom)} to ${price(zone.top)}`],
      ['Height', format.formatDistance(zone.top - zone.bottom, zone.top)],
      ['From', `${format.formatDay(zone.start)} ${format.formatTime(zone.start)}`],
      [
        'End',
        zone.end === null
          ? ended
          : `${ended} at ${format.formatDay(zone.end)} ${format.formatTime(Math.floor(zone.end / length) * length)}`,
      ],
      ['Of', `${of} bars${zone.taken ? ', a setup took it' : ''}`],
      ...(zone.retracement ? [/** @type {[string, string]} */ (['Retracement', wayBack(zone, length)])] : []),
    ],
  };
}

/**
 * Whether the price came back to a zone that a setup took.
 * @param {import('./primitives/boxes.js').Zone} zone
 * @param {number} length
 */
function wayBack({ retracement, direction }, length) {
  if (!retracement) return '';
  const { price: level, to, came } = retracement;
  const edge = `${direction === 'bull' ? 'down' : 'up'} to ${price(level)}`;
  if (to === null) return `waits for the price to come ${edge}`;
  const when = Math.floor(to / length) * length;
  return `${came ? `came ${edge}` : `never came ${edge}, given up`} at ${format.formatDay(when)} ${format.formatTime(when)}`;
}

/**
 * @param {import('./layers/signals.js').Cross} cross
 * @param {string} of
 * @returns {Said}
 */
export function sayCross({ direction, instants }, of) {
  const bull = direction === 'bull';
  const shown = instants.slice(0, 4).map(format.formatTime).join(', ');
  const more = instants.length > 4 ? ` and ${instants.length - 4} more` : '';
  return {
    title: `CVD turned ${bull ? 'positive' : 'negative'}`,
    tone: bull ? 'up' : 'down',
    lines: [[`${of} bar${instants.length > 1 ? 's' : ''}`, `${format.formatDay(instants[0])} ${shown}${more}`]],
  };
}

/**
 * @param {{ from: number, to: number }} hole
 * @param {readonly string[]} exchanges the configured ones; empty when they are not known
 * @returns {Said}
 */
export function sayHole({ from, to }, exchanges) {
  return {
    title: 'No data',
    tone: 'warn',
    lines: [
      ['Since', `${format.formatDay(from)} ${format.formatTime(from)}`],
      ['Until', `${format.formatDay(to)} ${format.formatTime(to)} (${format.formatDuration(to - from)})`],
      ['Missing', exchanges.length ? `all: ${exchanges.join(', ')}` : 'every venue'],
    ],
  };
}

/** @type {Record<string, { title: string, tone: Tone }>} */
const STATES = {
  whole: { title: 'All venues, as they streamed', tone: 'up' },
  healed: { title: 'Healed: fetched afterwards', tone: '' },
  lacking: { title: 'Venues missing', tone: 'warn' },
  none: { title: 'Minutes missing', tone: 'down' },
  unknown: { title: 'Not known: stored by the earlier bot', tone: '' },
};

/**
 * How complete a bar is.
 * @param {import('../server/answers.js').Completeness} answer
 * @param {number} row
 * @param {number} span
 * @returns {Said}
 */
export function sayBar({ completeness: { timestamp, state, missing }, exchanges }, row, span) {
  const known = STATES[state[row]] ?? STATES.unknown;
  const lacking = missing[row];
  /** @type {[string, string][]} */
  const lines = [['Bar', format.formatInstant(timestamp[row], span)]];
  if (lacking.length) lines.push(['Missing', lacking.join(', ')]);
  const there = exchanges.filter((exchange) => !lacking.includes(exchange));
  if (there.length && state[row] !== 'unknown') lines.push(['Complete', there.join(', ')]);
  return { ...known, lines };
}

/**
 * @param {import('./layers/settings.js').Change} change
 * @returns {Said}
 */
export const sayChange = ({ since, changed }) => ({
  title: 'The bot was set up anew',
  tone: '',
  lines: [
    ['Since', `${format.formatDay(since)} ${format.formatTime(since)}`],
    ...changed.slice(0, 6).map((text) => /** @type {[string, string]} */ (['', text])),
    ...(changed.length > 6 ? [/** @type {[string, string]} */ (['', `and ${changed.length - 6} more`])] : []),
    ...(changed.length === 0
      ? [/** @type {[string, string]} */ (['', 'restarted: nothing that is stored changed'])]
      : []),
  ],
});

/**
 * @param {import('../server/answers.js').Order} order
 * @returns {Said}
 */
export function sayOrder(order) {
  const { profit, r, way } = order;
  /** @type {[string, string][]} */
  const lines = [
    [
      'Entry',
      `${price(order.entryPrice)} at ${format.formatDay(order.entryTime)} ${format.formatTime(order.entryTime)}`,
    ],
    ['Stop', price(order.stopLoss)],
    ['Target', price(order.takeProfit)],
  ];
  if (r !== null) lines.push(['R', `${format.signed(r, (value) => format.fixed(value, 2))} R`]);
  if (way !== null)
    lines.push(['Way', `${format.fixed(Math.abs(way) * 100, 0)} % of the way to the ${way < 0 ? 'stop' : 'target'}`]);
  return {
    title: `Open ${order.entryType}${profit === null ? '' : `, Profit: ${format.formatDollars(profit)}`}`,
    tone: profit === null ? '' : profit < 0 ? 'down' : 'up',
    lines,
  };
}
