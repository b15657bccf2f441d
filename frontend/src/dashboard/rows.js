/**
 * The rows of the dashboard's tables, made of the API's answers. What has no value says so in a dash or in words, never
 * as 0. Pure.
 */

import * as format from '../format.js';
import { money, tone } from '../panel/words.js';
import { cell } from './cells.js';
import { helpOf, lacking, sayFigure, sayValue, titleOf, toneOf } from './figures.js';

/** @typedef {import('./cells.js').Cell} Cell */
/** @typedef {import('../server/answers.js').Figures} Figures */
/** @typedef {import('../server/answers.js').Groups} Groups */
/** @typedef {import('../server/answers.js').Trade} Trade */

/** What stands where there is nothing to say. */
export const NOTHING = cell('\u2013', 'dim');

/**
 * To the cent: what shows as 0.00 has no sign and no colour.
 * @param {number} value
 */
const cents = (value) => Math.round(value * 100) / 100 || 0;

/** @param {number | null | undefined} value in the quote coin */
const profit = (value) => (value == null ? NOTHING : cell(money(cents(value)), tone(cents(value))));

/** @param {number | null | undefined} value */
export const percent = (value) => (value == null ? NOTHING : cell(`${format.fixed(value, 1)} %`));

/**
 * A figure as a cell; without a value, why.
 * @param {Figures} figures
 * @param {string} name
 * @returns {Cell}
 */
function figureCell(figures, name) {
  const figure = figures[name];
  if (!figure) return NOTHING;
  if (figure.value === null) {
    const { word, reason } = lacking(figure);
    return { text: word, tone: 'dim', small: reason };
  }
  return cell(sayValue(name, figure.value, figure.unit === format.quote() ? null : figure.unit), toneOf(name, figure));
}

/** Long against short: a row a figure. @param {Figures} figures @returns {Cell[][]} */
export const sideRows = (figures) =>
  /** @type {const} */ ([
    ['trades', 'Trades'],
    ['win_rate', 'Win rate'],
    ['profit', 'Profit'],
    ['average_profit', 'A trade'],
  ]).map(([name, title]) => [
    { text: title, help: ['long', 'short'].map((side) => `${side}_${name}`).flatMap((each) => helps(figures, each)) },
    figureCell(figures, `long_${name}`),
    figureCell(figures, `short_${name}`),
  ]);

/** What the same trades would bring at other fees. @param {Figures} figures @returns {Cell[][]} */
export function feeRows(figures) {
  const asTraded = { text: 'As traded', help: helps(figures, 'total_profit') };
  return [
    [asTraded, figureCell(figures, 'fees'), figureCell(figures, 'total_profit')],
    .../** @type {const} */ ([
      ['profit_at_0_percent', '0 %', 0],
      ['profit_at_0_055_percent', '0.055 %', 0.055],
      ['profit_at_0_1_percent', '0.1 %', 0.1],
    ]).map(([name, title, rate]) => [
      { text: title, help: helps(figures, name) },
      paid(figures, name, rate),
      figureCell(figures, name),
    ]),
  ];
}

/**
 * What fees of a rate would come to: the profit without them less the profit with them.
 * @param {Figures} figures
 * @param {string} name
 * @param {number} rate
 */
function paid(figures, name, rate) {
  const [without, kept] = [figures.profit_at_0_percent?.value, figures[name]?.value];
  if (without == null || kept == null) return NOTHING;
  return cell(format.fixed(rate === 0 ? 0 : without - kept, 2));
}

/** @param {Figures} figures @param {string} name */
const helps = (figures, name) => (figures[name] ? [helpOf(name, figures[name])] : []);

/** Trades by hour or weekday, late ones in rows of their own. @param {Groups} groups @returns {Cell[][]} */
export function groupRows(groups) {
  const { late, ...timely } = groups;
  return [...rowsOf(timely, ''), ...(late ? rowsOf(late, ', late').filter((_, row) => late.trades[row] > 0) : [])];
}

/**
 * @param {Omit<Groups, 'late'>} groups
 * @param {string} which
 */
const rowsOf = (groups, which) =>
  groups.group.map((group, row) => [
    cell(`${groupName(group)}${which}`),
    cell(format.formatCount(groups.trades[row])),
    percent(groups.win_rate[row]),
    profit(groups.profit[row]),
    profit(groups.average_profit[row]),
  ]);

/** @param {unknown} group an hour or a weekday */
export const groupName = (group) =>
  typeof group === 'number' ? `${String(group).padStart(2, '0')}:00` : String(group);

/**
 * What the pointer on a bar of a group reads.
 * @param {Omit<Groups, 'late'>} groups
 * @param {number} row
 */
export function sayGroup(groups, row) {
  const count = groups.trades[row];
  const name = groupName(groups.group[row]);
  if (!count) return `${name}: no trade`;
  return `${name}: ${money(Number(groups.profit[row]))} ${format.quote()}, ${count} ${count === 1 ? 'trade' : 'trades'}, ${format.fixed(Number(groups.win_rate[row]), 0)} % won`;
}

/** @param {readonly ReturnType<typeof import('./days.js').byDay>[number][]} days @returns {Cell[][]} */
export const dayRows = (days) =>
  days.map((day) => [
    cell(new Date(day.day).toISOString().slice(0, 10)),
    { ...cell(format.formatCount(day.trades)), small: day.late ? `${day.late} late` : undefined },
    cell(format.formatCount(day.wins)),
    profit(day.profit),
    cell(format.fixed(day.balance, 2)),
  ]);

/** How profits are spread. @param {{ edges: number[], counts: number[] }} spread @returns {Cell[][]} */
export const spreadRows = ({ edges, counts }) =>
  counts
    .map((count, row) => [cell(sayClass(edges, row)), cell(format.formatCount(count))])
    .filter((_, row) => counts[row] > 0);

/**
 * @param {readonly number[]} edges
 * @param {number} row
 */
export const sayClass = (edges, row) => `${round(edges[row])} to ${round(edges[row + 1])} ${format.quote()}`;

/** @param {number} value */
const round = (value) => format.signed(value, (each) => format.fixed(each, Number.isInteger(each) ? 0 : 2));

/** Every figure, late trades beside. @param {Figures} figures @returns {Cell[][]} */
export const figureRows = (figures) =>
  Object.entries(figures).map(([name, figure]) => [
    cell(titleOf(name)),
    figure.value === null
      ? { text: sayFigure(name, figure), tone: 'dim' }
      : cell(sayValue(name, figure.value, figure.unit), toneOf(name, figure)),
    cell(format.formatCount(figure.n)),
    figure.late?.value == null ? NOTHING : cell(sayValue(name, figure.late.value, figure.unit)),
    cell(figure.late ? format.formatCount(figure.late.n) : ''),
    { text: figure.definition, tone: 'dim', small: figure.note ? `(${figure.note})` : undefined },
  ]);

/** Trades as they would have gone on one exchange. @param {readonly import('../server/answers.js').VenueTrades[]} venues @returns {Cell[][]} */
export const venueRows = (venues) =>
  venues.flatMap(({ exchange, late, ...timely }) => [
    [cell(exchange), ...venueCells(timely)],
    ...(late ? [[cell(`${exchange}, late`, 'dim'), ...venueCells(late)]] : []),
  ]);

/** @param {{ n: number, profit: number | null, difference: number | null }} sums */
const venueCells = ({ n, profit: sum, difference }) => [
  n ? cell(format.formatCount(n)) : cell('none ended', 'dim'),
  profit(sum),
  profit(difference),
];

/**
 * A trade beside what it would have been on each exchange.
 * @typedef {{ trade: Trade, venues: ({ entryPrice: number | null, difference: number | null, touched: string | null } | null)[] }} Beside
 */

/**
 * @param {readonly Trade[]} trades
 * @param {readonly import('../server/answers.js').VenueTrades[]} venues
 * @returns {Beside[]} trades that are followed on an exchange
 */
export function besideVenues(trades, venues) {
  const rows = venues.map(({ trades: columns }) => new Map(columns.tradeNumber.map((number, row) => [number, row])));
  return trades
    .map((trade) => ({
      trade,
      venues: venues.map(({ trades: columns }, index) => {
        const row = rows[index].get(trade.tradeNumber);
        if (row === undefined) return null;
        return {
          entryPrice: columns.entryPrice[row],
          difference: columns.difference[row],
          touched: columns.touched[row],
        };
      }),
    }))
    .filter((row) => row.venues.some((each) => each !== null));
}

/**
 * The columns of that table: the trade, then each exchange's difference.
 * @param {readonly { exchange: string }[]} venues
 * @returns {import('../panel/rows.js').Column<Beside>[]}
 */
export const venueColumns = (venues) => [
  {
    name: 'tradeNumber',
    title: '#',
    help: 'Number of the trade in its account',
    number: true,
    value: ({ trade }) => trade.tradeNumber,
    show: ({ trade }) => `${trade.tradeNumber}${trade.late ? ' late' : ''}`,
    kind: () => 'dim',
  },
  {
    name: 'entryTime',
    title: 'Entry',
    help: 'Open of the bar at whose close it was entered',
    number: true,
    value: ({ trade }) => trade.entryTime,
    show: ({ trade }) => `${format.formatDay(trade.entryTime)} ${format.formatTime(trade.entryTime)}`,
  },
  {
    name: 'profit',
    title: 'Profit',
    help: `Of the trade as it was, ${format.quote()} after fees`,
    number: true,
    value: ({ trade }) => trade.profit,
    show: ({ trade }) => money(trade.profit),
    kind: ({ trade }) => tone(trade.profit),
  },
  ...venues.map(
    /** @returns {import('../panel/rows.js').Column<Beside>} */ ({ exchange }, index) => ({
      name: exchange,
      title: exchange,
      help: `What it would have brought more or less on ${exchange}'s own candles, ${format.quote()}; end: its stop or target`,
      number: true,
      value: (row) => row.venues[index]?.difference ?? null,
      show: (row) => sayVenue(row.venues[index]),
      kind: (row) => tone(cents(row.venues[index]?.difference ?? 0)) || 'dim',
    }),
  ),
];

/** @param {Beside['venues'][number]} venue */
function sayVenue(venue) {
  if (venue === null) return '';
  if (venue.difference === null) return venue.entryPrice === null ? 'not there' : 'not ended';
  const end = { target: 'TP', stop: 'SL' }[venue.touched ?? ''] ?? '';
  return `${money(cents(venue.difference))} ${end}`;
}
