/**
 * The rows of the tables of the market, made of the API's answers. What has no value says so in a dash or in words, never
 * as 0. Pure.
 */

import * as format from '../format.js';
import { tone } from '../panel/words.js';
import { cell } from './cells.js';
import { helpOf, lacking, sayValue, titleOf, toneOf } from './figures.js';
import { groupName, NOTHING, percent } from './rows.js';

/** @typedef {import('./cells.js').Cell} Cell */

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
 * Decimals that tell ranges apart: one of ranges of tens, more of smaller ones.
 * @param {readonly (number | null)[]} ranges
 */
export function rangeDecimals(ranges) {
  const largest = Math.max(...ranges.map((range) => range ?? 0));
  return largest > 0 ? Math.max(1, 2 - Math.floor(Math.log10(largest))) : 1;
}

/**
 * @param {string[]} names
 * @param {{ volume: (number | null)[], range: (number | null)[], taker_buy_share: (number | null)[], n: number[] }} columns
 */
const rhythm = (names, { volume, range, taker_buy_share: share, n }) =>
  names.map((name, row) => {
    const decimals = rangeDecimals(range);
    const few = volume[row] === null;
    return [
      cell(name),
      few
        ? { text: 'too few', tone: /** @type {const} */ ('dim') }
        : cell(`${format.formatSize(Number(volume[row]))} ${format.base()}`),
      few ? NOTHING : cell(format.fixed(Number(range[row]), decimals)),
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
