/**
 * What the tiles say: the figures a trader looks at first, each with its n, what stands beside it, and what explains
 * it. A figure without a value says why. Pure.
 */

import * as format from '../format.js';
import { helpOf, instant, lacking, needs, sayValue, toneOf } from './figures.js';

/** @typedef {import('../server/answers.js').Figures} Figures */
/** @typedef {import('./figures.js').Tone} Tone */
/** @typedef {import('./figures.js').Help} Help */

/**
 * @typedef {object} Tile
 * @property {string} name
 * @property {string} label
 * @property {string} value
 * @property {string} unit small, behind the value
 * @property {Tone} tone
 * @property {boolean} few there is no value, and `value` says so
 * @property {string} n
 * @property {{ text: string, tone: Tone }[]} lines
 * @property {{ value: number, mark: number | null } | null} meter a share and what it is compared with, 0-100
 * @property {Help[]} help
 */

/**
 * Which figure a tile shows, and which stand in its lines.
 * @typedef {object} Plan
 * @property {string} name
 * @property {string} label
 * @property {(figures: Figures) => (Line | null)[]} lines
 * @property {string[]} also figures explained with it
 * @property {string} [unit] in the place of the figure's own; behind it when it begins with a space
 */

/** @typedef {string | { text: string, tone: Tone }} Line */

/** @type {Plan[]} */
const PLANS = [
  {
    name: 'total_profit',
    label: 'Net profit',
    also: ['total_profit_percent', 'buy_and_hold_percent'],
    lines: (all) => [
      valued(all, 'total_profit_percent', ' of the start'),
      valued(all, 'buy_and_hold_percent', ' held'),
    ],
  },
  {
    name: 'win_rate',
    label: 'Win rate',
    also: ['break_even_win_rate', 'break_even_win_rate_before_fees'],
    lines: (all) => [
      all.break_even_win_rate?.value == null
        ? unknown(all, 'break_even_win_rate', 'break-even')
        : `break-even ${percent(all.break_even_win_rate.value)} after fees`,
      against(all),
    ],
  },
  {
    name: 'profit_factor',
    label: 'Profit factor',
    also: ['payoff_ratio', 'sqn'],
    lines: (all) => [valued(all, 'payoff_ratio', ' mean win / loss'), valued(all, 'sqn', ' SQN')],
  },
  {
    name: 'expectancy',
    label: 'Expectancy',
    unit: ' a trade',
    also: ['expectancy_low', 'expectancy_high'],
    lines: (all) => [interval(all)],
  },
  {
    name: 'expectancy_r',
    label: 'R a trade',
    unit: 'R',
    also: ['best', 'worst'],
    lines: (all) => [valued(all, 'best', ' best'), valued(all, 'worst', ' worst')],
  },
  {
    name: 'max_drawdown',
    label: 'Max drawdown',
    also: ['max_drawdown_percent', 'max_drawdown_length', 'marked_max_drawdown', 'marked_max_drawdown_percent'],
    lines: (all) => [depth(all), dates(all), marked(all)],
  },
  {
    name: 'sharpe',
    label: 'Sharpe',
    also: ['sortino', 'calmar'],
    lines: (all) => [valued(all, 'sortino', ' Sortino'), valued(all, 'calmar', ' Calmar')],
  },
  {
    name: 'average_duration',
    label: 'Average duration',
    also: ['median_duration', 'longest_duration'],
    lines: (all) => [valued(all, 'median_duration', ' median'), valued(all, 'longest_duration', ' longest')],
  },
  {
    name: 'trades',
    label: 'Trades',
    unit: '',
    also: ['wins', 'losses', 'exposure', 'both_hit'],
    lines: (all) => [
      all.wins?.value == null || all.losses?.value == null
        ? null
        : `${format.formatCount(all.wins.value)} won, ${format.formatCount(all.losses.value)} lost`,
      valued(all, 'exposure', ' of the time'),
    ],
  },
  {
    name: 'fees',
    label: 'Fees and slippage',
    also: ['fees_share'],
    lines: (all) => [
      all.fees_share?.value == null
        ? unknown(all, 'fees_share', 'of gross profit')
        : `${percent(all.fees_share.value)} of gross profit`,
      all.total_profit?.note === 'before fees' ? 'profits are before fees' : null,
    ],
  },
];

/**
 * @param {Figures} figures
 * @returns {Tile[]} those the answer has
 */
export const tilesOf = (figures) => PLANS.filter(({ name }) => figures[name]).map((plan) => tile(plan, figures));

/** The labels of all tiles, for the skeleton. */
export const LABELS = PLANS.map(({ name, label }) => ({ name, label }));

/**
 * @param {Plan} plan
 * @param {Figures} figures
 * @returns {Tile}
 */
function tile({ name, label, lines, also, unit }, figures) {
  const figure = figures[name];
  const known = figure.value !== null;
  const why = known ? null : lacking(figure);
  const [value, own] = known ? split(sayValue(name, Number(figure.value), figure.unit)) : [String(why?.word), ''];
  /** @type {Tile['lines']} */
  const said = (why ? [why.reason, ...lines(figures)] : lines(figures))
    .filter((line) => line !== null)
    .map((line) => (typeof line === 'string' ? { text: line, tone: '' } : line));
  if (figure.note && name === 'total_profit') said.push({ text: figure.note, tone: '' });
  return {
    name,
    label,
    value,
    unit: known ? (unit?.startsWith(' ') ? own + unit : (unit ?? own)) : '',
    tone: name === 'win_rate' ? betterThanEven(figures) : toneOf(name, figure),
    few: !known,
    n: `n ${format.formatCount(figure.n)}${needs(figure.definition)?.of === 'day' ? ' d' : ''}`,
    lines: said,
    meter:
      name === 'win_rate' && figure.value !== null
        ? { value: figure.value, mark: figures.break_even_win_rate?.value ?? null }
        : null,
    help: [name, ...also].filter((each) => figures[each]).map((each) => helpOf(each, figures[each])),
  };
}

/**
 * Number and unit of a value: `+12.50 USDT`, `3 h 5 min`.
 * @param {string} text
 * @returns {[string, string]}
 */
function split(text) {
  const [, value, unit] = /^([+\u2212]?[\d.,]+) (\D+)$/.exec(text) ?? [];
  return value === undefined ? [text, ''] : [value, unit];
}

/** @param {number} value */
const percent = (value) => `${format.fixed(value, 1)} %`;

/**
 * A figure's value and what it is; null where there is none.
 * @param {Figures} all
 * @param {string} name
 * @param {string} words
 * @returns {Line | null}
 */
function valued(all, name, words) {
  const figure = all[name];
  if (!figure || figure.value === null) return null;
  return { text: sayValue(name, figure.value, figure.unit) + words, tone: toneOf(name, figure) };
}

/**
 * @param {Figures} all
 * @param {string} name
 * @param {string} words
 */
function unknown(all, name, words) {
  if (!all[name]) return null;
  const { word, reason } = lacking(all[name]);
  return `${words}: ${word === 'too few' ? `${word},` : word} ${reason}`;
}

/** @param {Figures} all @returns {Tone} */
function betterThanEven({ win_rate, break_even_win_rate }) {
  if (win_rate?.value == null || break_even_win_rate?.value == null) return '';
  return win_rate.value > break_even_win_rate.value ? 'up' : 'down';
}

/** @param {Figures} all @returns {Line | null} */
function against(all) {
  const [rate, even] = [all.win_rate?.value, all.break_even_win_rate?.value];
  if (rate == null || even == null) return null;
  if (even > 100) return { text: 'no win rate is enough', tone: 'down' };
  return {
    text: `${format.fixed(Math.abs(rate - even), 1)} points ${rate > even ? 'above' : 'below'} it`,
    tone: betterThanEven(all),
  };
}

/** @param {Figures} all @returns {Line | null} */
function interval({ expectancy_low: low, expectancy_high: high }) {
  if (!low || !high) return null;
  if (low.value === null || high.value === null) return `90 % interval: ${lacking(low).reason}`;
  /** @param {number} value */
  const said = (value) => format.signed(value, (each) => format.fixed(each, 2));
  return `90 %: ${said(low.value)} to ${said(high.value)}`;
}

/** @param {Figures} all @returns {Line | null} */
function depth({ max_drawdown_percent: share, max_drawdown_length: length }) {
  const parts = [
    share?.value == null ? '' : percent(share.value),
    length?.value == null ? '' : sayValue('max_drawdown_length', length.value, 'days'),
  ].filter(Boolean);
  return parts.length ? parts.join(', ') : null;
}

/** @param {Figures} all @returns {Line | null} */
function dates({ max_drawdown_start: start, max_drawdown_end: end }) {
  if (start?.value == null) return null;
  const day = format.formatDay(start.value);
  if (end?.value == null) return `since ${day}, not made up`;
  return day === format.formatDay(end.value) ? `on ${day}` : `${day} to ${format.formatDay(end.value)}`;
}

/** @param {Figures} all @returns {Line | null} */
function marked({ marked_max_drawdown: fall }) {
  if (fall?.value == null) return null;
  return `marked to market ${sayValue('marked_max_drawdown', fall.value, null)}`;
}

/**
 * What must be said beside the figures: what the trades allow to conclude, ruin, late trades.
 * @param {{ conclusion: string, figures: Figures }} statistics
 * @returns {{ kind: 'conclusion' | 'ruined' | 'late' | 'fees', text: string, help: Help[] }[]}
 */
export function remarksOf({ conclusion, figures }) {
  /** @type {ReturnType<typeof remarksOf>} */
  const remarks = [
    {
      kind: 'conclusion',
      text: conclusion.charAt(0).toUpperCase() + conclusion.slice(1),
      help: ['expectancy', 'expectancy_low', 'expectancy_high']
        .filter((name) => figures[name])
        .map((name) => helpOf(name, figures[name])),
    },
  ];
  for (const [name, words] of /** @type {const} */ ([
    ['ruined', 'the balance was at or below 0'],
    ['marked_ruined', 'marked to market it was at or below 0, a real account would have been liquidated'],
  ])) {
    const when = figures[name]?.value;
    if (when == null) continue;
    remarks.push({
      kind: 'ruined',
      text: `Ruined on ${instant(when)}: ${words}, whatever came after`,
      help: [helpOf(name, figures[name])],
    });
  }
  const late = lateOf(figures);
  if (late)
    remarks.push({
      kind: 'late',
      text: late,
      help: [
        {
          title: 'Late trades',
          text: 'Entered on bars that were back-filled after an outage, more than a minute after their close: nobody could have made them. They are in no figure above; the table of all figures has theirs beside.',
        },
      ],
    });
  return remarks;
}

/** @param {Figures} figures */
function lateOf({ trades, total_profit, win_rate, fees }) {
  const count = trades?.late?.value;
  if (!count) return null;
  const parts = [
    total_profit?.late?.value == null ? '' : sayValue('total_profit', total_profit.late.value, total_profit.unit),
    win_rate?.late?.value == null ? '' : `${percent(win_rate.late.value)} won`,
    fees?.late?.value == null ? '' : `fees ${sayValue('fees', fees.late.value, fees.unit)}`,
  ].filter(Boolean);
  return `${format.counted(count, 'late trade')} apart, in no figure above${parts.length ? `: ${parts.join(', ')}` : ''}`;
}
