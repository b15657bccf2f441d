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
const NOTHING = cell('\u2013', 'dim');

/**
 * To the cent: what shows as 0.00 has no sign and no colour.
 * @param {number} value
 */
const cents = (value) => Math.round(value * 100) / 100 || 0;

/** @param {number | null | undefined} value USDT */
const profit = (value) => (value == null ? NOTHING : cell(money(cents(value)), tone(cents(value))));

/** @param {number | null | undefined} value */
const percent = (value) => (value == null ? NOTHING : cell(`${format.fixed(value, 1)} %`));

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
  return cell(sayValue(name, figure.value, figure.unit === 'USDT' ? null : figure.unit), toneOf(name, figure));
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
  return `${name}: ${money(Number(groups.profit[row]))} USDT, ${count} ${count === 1 ? 'trade' : 'trades'}, ${format.fixed(Number(groups.win_rate[row]), 0)} % won`;
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
export const sayClass = (edges, row) => `${round(edges[row])} to ${round(edges[row + 1])} USDT`;

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

/**
 * Figures of candles, one after the other.
 * @param {import('../server/answers.js').CandleStatistics['figures']} figures
 * @returns {{ label: string, help: import('./figures.js').Help[], value: Cell }[]}
 */
export const candleFacts = (figures) =>
  Object.entries(figures).map(([name, figure]) => ({
    label: titleOf(name),
    help: [helpOf(name, figure)],
    value:
      figure.value === null
        ? { text: lacking(figure).word, tone: 'dim', small: lacking(figure).reason }
        : cell(sayValue(name, figure.value, figure.unit), toneOf(name, figure)),
  }));

/** By hour: volume, range, who took. @param {import('../server/answers.js').CandleStatistics['hours']} hours @returns {Cell[][]} */
export const rhythmRows = ({ hour, ...rest }) => rhythm(hour.map(groupName), rest);

/** @param {import('../server/answers.js').CandleStatistics['weekdays']} weekdays @returns {Cell[][]} */
export const weekdayRows = ({ weekday, ...rest }) => rhythm(weekday, rest);

/**
 * @param {string[]} names
 * @param {{ volume: (number | null)[], range: (number | null)[], taker_buy_share: (number | null)[], n: number[] }} columns
 */
const rhythm = (names, { volume, range, taker_buy_share: share, n }) =>
  names.map((name, row) => {
    const few = volume[row] === null;
    return [
      cell(name),
      few
        ? { text: 'too few', tone: /** @type {const} */ ('dim') }
        : cell(`${format.formatSize(Number(volume[row]))} BTC`),
      few ? NOTHING : cell(format.fixed(Number(range[row]), 1)),
      few ? NOTHING : percent(share[row]),
      cell(format.formatCount(n[row]), 'dim'),
    ];
  });

/** Each exchange's part. @param {import('../server/answers.js').CandleStatistics['exchanges']} exchanges @returns {Cell[][]} */
export const exchangeRows = (exchanges) =>
  exchanges.map(({ exchange, share, volume, delta, complete, n }) => [
    cell(exchange),
    share === null ? { text: 'no volume', tone: 'dim' } : { ...percent(share), share },
    cell(format.formatSize(volume)),
    cell(format.signed(delta, format.formatSize), tone(delta)),
    { ...percent(complete), small: `n ${format.formatCount(n)}` },
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
    help: 'Of the trade as it was, USDT after fees',
    number: true,
    value: ({ trade }) => trade.profit,
    show: ({ trade }) => money(trade.profit),
    kind: ({ trade }) => tone(trade.profit),
  },
  ...venues.map(
    /** @returns {import('../panel/rows.js').Column<Beside>} */ ({ exchange }, index) => ({
      name: exchange,
      title: exchange,
      help: `What it would have brought more or less on ${exchange}'s own candles, USDT; end: its stop or target`,
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

/** @param {import('../server/answers.js').Patterns['gaps']} gaps @returns {Cell[][]} a row a question, a column a direction */
export const gapRows = ({ fills, within, horizon }) => [
  [
    {
      text: 'Gaps',
      help: [
        {
          title: 'Gaps',
          text: `Decided ones: all ${horizon} bars after the gap are stored and lie in the period. Gaps that share bars are worth fewer independent cases.`,
        },
      ],
    },
    ...fills.map(({ n, independent, undecided }) => ({
      text: format.formatCount(n),
      small: `worth ${format.fixed(independent, 0)}${undecided ? `, ${format.formatCount(undecided)} undecided` : ''}`,
    })),
  ],
  .../** @type {const} */ ([
    ['touched_percent', 'Touched', `Some bar of the ${horizon} reached into the gap.`],
    ['filled_percent', 'Filled', `Some bar of the ${horizon} traded through all of it.`],
    ['closed_percent', 'Closed', 'Some bar closed beyond its far side.'],
  ]).map(([name, text, help]) => [
    { text, help: [{ title: text, text: `${help} In % of the decided gaps, with the 90 % interval.` }] },
    ...fills.map((each) => estimated(each[name], 1)),
  ]),
  [
    {
      text: 'Half within',
      help: [{ title: 'Half within', text: 'After so many bars half of all decided gaps were filled.' }],
    },
    ...fills.map(({ median_bars: bars, filled_percent: filled }) =>
      bars === null ? cell(filled === null ? 'too few' : 'fewer were', 'dim') : cell(`${format.fixed(bars, 0)} bars`),
    ),
  ],
  ...within.map((bars, index) => [
    cell(`Filled within ${bars} ${bars === 1 ? 'bar' : 'bars'}`),
    ...fills.map(({ within_percent: shares }) =>
      shares[index] === null ? cell('too few', 'dim') : { ...percent(shares[index]), share: Number(shares[index]) },
    ),
  ]),
];

/**
 * An estimate with its interval.
 * @param {import('../server/answers.js').Estimate | null} estimate
 * @param {number} decimals
 * @param {boolean} [sign]
 * @returns {Cell}
 */
function estimated(estimate, decimals, sign = false) {
  if (estimate === null) return cell('too few', 'dim');
  /** @param {number} value */
  const plain = (value) => format.fixed(value, decimals);
  /** @param {number} value */
  const said = (value) => (sign ? format.signed(value, plain) : plain(value));
  return { text: `${said(estimate.value)} %`, small: `${said(estimate.low)} to ${said(estimate.high)}` };
}

/** @type {Record<string, string>} */
const EVENTS = { cvd_cross: 'CVD cross', gap: 'Gap', every_bar: 'Every bar' };

/**
 * What followed events: a row a kind, a column a number of bars. An event is told apart by colour and in words only
 * where its interval lies apart from that of every bar.
 * @param {import('../server/answers.js').Patterns} patterns
 * @param {'mean_percent' | 'up_percent'} what
 * @returns {Cell[][]}
 */
export function afterRows({ after, every_bar: every }, what) {
  const bars = every.map((each) => each.bars);
  const kinds = [...new Set(after.map(({ event, direction }) => `${event} ${direction}`))];
  return [
    ...kinds.map((kind) => {
      const [event, direction] = kind.split(' ');
      const mine = after.filter((each) => each.event === event && each.direction === direction);
      return [
        cell(`${EVENTS[event] ?? event}, ${direction === 'bull' ? 'bullish' : 'bearish'}`),
        ...bars.map((count) =>
          moved(
            mine.find((each) => each.bars === count),
            every.find((each) => each.bars === count),
            what,
          ),
        ),
      ];
    }),
    [cell('Every bar', 'dim'), ...every.map((each) => moved(each, undefined, what))],
  ];
}

/**
 * @param {import('../server/answers.js').Patterns['after'][number] | undefined} moves
 * @param {import('../server/answers.js').Patterns['after'][number] | undefined} every
 * @param {'mean_percent' | 'up_percent'} what
 * @returns {Cell}
 */
function moved(moves, every, what) {
  if (!moves) return NOTHING;
  const mine = moves[what];
  const all = every?.[what];
  const said = what === 'mean_percent' ? estimated(mine, 3, true) : estimated(mine, 1);
  const apart = mine && all ? (mine.low > all.high ? 'up' : mine.high < all.low ? 'down' : '') : '';
  const count = `n ${format.formatCount(moves.n)}`;
  return {
    ...said,
    tone: apart || said.tone,
    small: [said.small, count, apart ? 'apart' : ''].filter(Boolean).join(', '),
  };
}

/** @param {import('../server/answers.js').Patterns['cvd_before_trades']} before @returns {Cell[][]} */
export const cvdRows = ({ classes }) =>
  classes.map(({ cvd, n, wins, win_rate: rate }) => [
    cell(cvd.charAt(0).toUpperCase() + cvd.slice(1)),
    cell(format.formatCount(n)),
    cell(format.formatCount(wins)),
    estimated(rate, 1),
  ]);
