/**
 * The columns of the trades' table, what its filter finds, and what its last lines add up. Pure.
 */

import * as format from '../format.js';
import { inR, money, outcomeShort, tone } from './words.js';

/** @typedef {import('../server/answers.js').Trade} Trade */
/** @typedef {import('../server/answers.js').ListedTrade & { cumulative: number | null }} Row a trade, and what those up to it made */

/**
 * @template Row
 * @typedef {import('./rows.js').Column<Row>} Column
 */

/** @param {number | null} value @param {(value: number) => string} show */
const orNothing = (value, show) => (value === null ? '' : show(value));

/** @type {Column<Row>[]} */
export const COLUMNS = [
  {
    name: 'tradeNumber',
    title: '#',
    help: 'Number of the trade in its account',
    number: true,
    value: (trade) => trade.tradeNumber,
    show: (trade) => String(trade.tradeNumber),
    kind: () => 'dim',
  },
  {
    name: 'entryType',
    title: 'Side',
    value: (trade) => trade.entryType,
    show: (trade) => (trade.entryType === 'Long' ? '\u25b4 Long' : '\u25be Short'),
  },
  {
    name: 'entryTime',
    title: 'Entry',
    help: 'Open of the bar at whose close it was entered',
    number: true,
    value: (trade) => trade.entryTime,
    show: (trade) => `${format.formatDay(trade.entryTime)} ${format.formatTime(trade.entryTime)}`,
  },
  {
    name: 'entryPrice',
    title: 'at',
    number: true,
    room: 'room-3',
    value: (trade) => trade.entryPrice,
    show: (trade) => format.formatPrice(trade.entryPrice),
  },
  {
    name: 'exitTime',
    title: 'Exit',
    help: 'Open of the bar it was closed on',
    number: true,
    room: 'room-2',
    value: (trade) => trade.exitTime,
    show: (trade) => `${format.formatDay(trade.exitTime)} ${format.formatTime(trade.exitTime)}`,
  },
  {
    name: 'exitPrice',
    title: 'at',
    number: true,
    room: 'room-3',
    value: (trade) => trade.exitPrice,
    show: (trade) => format.formatPrice(trade.exitPrice),
  },
  {
    name: 'duration',
    title: 'Time',
    help: 'From the close of the entry\u2019s bar to the close of the exit\u2019s',
    number: true,
    room: 'room-1',
    value: (trade) => trade.duration,
    show: (trade) => orNothing(trade.duration, format.formatDuration),
  },
  {
    name: 'profit',
    title: 'Profit',
    get help() {
      return `${format.quote()}, after fees`;
    },
    number: true,
    value: (trade) => trade.profit,
    show: (trade) => money(trade.profit),
    kind: (trade) => tone(trade.profit),
  },
  {
    name: 'r',
    title: 'R',
    help: 'Profit in multiples of what the stop would have cost',
    number: true,
    room: 'room-0',
    value: (trade) => trade.r,
    show: (trade) => inR(trade.r).replace(' R', ''),
    kind: (trade) => tone(trade.r),
  },
  {
    name: 'cumulative',
    title: 'Sum',
    get help() {
      return `${format.quote()}, profits of all trades of the period up to this one; late ones apart`;
    },
    number: true,
    room: 'room-2',
    value: (trade) => trade.cumulative,
    show: (trade) => orNothing(trade.cumulative, money),
    kind: (trade) => tone(trade.cumulative),
  },
  {
    name: 'mfe',
    title: 'MFE',
    get help() {
      return `Largest profit while it was open, by the minutes, ${format.quote()} apart from fees`;
    },
    number: true,
    room: 'room-3',
    value: (trade) => trade.mfe,
    show: (trade) => orNothing(trade.mfe, money),
  },
  {
    name: 'mae',
    title: 'MAE',
    get help() {
      return `Largest loss while it was open, by the minutes, ${format.quote()} apart from fees`;
    },
    number: true,
    room: 'room-3',
    value: (trade) => trade.mae,
    show: (trade) => orNothing(trade.mae, money),
  },
  {
    name: 'fees',
    title: 'Fees',
    get help() {
      return `${format.quote()}, both sides`;
    },
    number: true,
    room: 'room-2',
    value: (trade) => trade.fees,
    show: (trade) => orNothing(trade.fees, (fees) => format.fixed(fees, 2)),
  },
  {
    name: 'outcome',
    title: 'End',
    help: 'TP: take profit, SL: stop loss, FC: forced close',
    value: (trade) => trade.outcome,
    show: (trade) => outcomeShort(trade.outcome) + (trade.late ? ' late' : ''),
    kind: (trade) => (trade.late ? 'warn' : 'dim'),
  },
  {
    name: 'newBalance',
    title: 'Balance',
    get help() {
      return `${format.quote()}, after the trade`;
    },
    number: true,
    room: 'room-3',
    value: (trade) => trade.newBalance,
    show: (trade) => format.fixed(trade.newBalance, 2),
  },
];

/**
 * Add to trades, in the order they were closed, what those up to each of them made; late ones, which nobody could have
 * made, are apart.
 * @param {readonly import('../server/answers.js').ListedTrade[]} trades
 * @returns {Row[]}
 */
export function withSums(trades) {
  let sum = 0;
  return trades.map((trade) => {
    if (!trade.late) sum += trade.profit;
    return { ...trade, cumulative: trade.late ? null : sum };
  });
}

/**
 * Whether a trade is of a side and an end; `''` is any.
 * @param {{ side: string, outcome: string }} wanted
 */
export const fits =
  ({ side, outcome }) =>
  (/** @type {Pick<Trade, 'entryType' | 'outcome'>} */ trade) =>
    (!side || trade.entryType === side) && (!outcome || trade.outcome === outcome);

/** What the CSV has: every column of the table `trades`, by its name, and what the page's table tells beside. */
export const CSV = /** @type {(keyof Row)[]} */ ([
  'id',
  'tradeNumber',
  'pair',
  'mode',
  'entryType',
  'entryPrice',
  'entryTime',
  'exitPrice',
  'exitTime',
  'profit',
  'outcome',
  'newBalance',
  'size',
  'stopLoss',
  'takeProfit',
  'fees',
  'setup',
  'configuration',
  'decided',
  'late',
  'duration',
  'r',
  'cumulative',
  'mfe',
  'mae',
]).map((name) => ({ name, value: /** @param {Row} trade */ (trade) => trade[name] }));

/**
 * What a word of the filter is looked for in.
 * @param {Trade} trade
 */
export const textOf = (trade) =>
  [
    `#${trade.tradeNumber}`,
    trade.entryType,
    trade.outcome,
    outcomeShort(trade.outcome),
    new Date(trade.entryTime).toISOString(),
    format.formatDay(trade.entryTime),
    trade.profit > 0 ? 'win' : trade.profit < 0 ? 'loss' : 'even',
    trade.late ? 'late' : '',
  ]
    .join(' ')
    .toLowerCase();

/**
 * What the rows add up to: late trades are told apart, for nobody could have made them.
 * @param {readonly Trade[]} trades
 * @returns {Record<string, string>[]} a line, and one of the late trades if there are any; `''` is its title
 */
export function totalsOf(trades) {
  const timely = trades.filter(({ late }) => !late);
  const late = trades.filter(({ late }) => late);
  return [line(timely, ''), ...(late.length ? [line(late, 'late')] : [])];
}

/**
 * @param {readonly Trade[]} trades
 * @param {string} which
 */
function line(trades, which) {
  const wins = trades.filter(({ profit }) => profit > 0).length;
  const inAll = trades.reduce((sum, { profit }) => sum + profit, 0);
  const multiples = trades.map(({ r }) => r).filter((r) => r !== null);
  const fees = trades.map((trade) => trade.fees).filter((each) => each !== null);
  const share = trades.length ? `${format.fixed((100 * wins) / trades.length, 0)} % won` : '';
  return {
    '': which
      ? 'Decided after an outage, when nobody could have made them: not in the line above'
      : 'Of the trades listed, late ones apart',
    tradeNumber: format.formatCount(trades.length),
    entryType: which || (trades.length === 1 ? 'trade' : 'trades'),
    entryTime: share,
    profit: trades.length ? money(inAll) : '',
    r: multiples.length ? inR(multiples.reduce((sum, r) => sum + r, 0)).replace(' R', '') : '',
    fees: fees.length
      ? format.fixed(
          fees.reduce((sum, each) => sum + each, 0),
          2,
        )
      : '',
  };
}
