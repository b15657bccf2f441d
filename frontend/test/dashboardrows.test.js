import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterRows, cvdRows, exchangeRows, gapRows } from '../src/dashboard/marketrows.js';
import { outcomeRows, sureness } from '../src/dashboard/outcomerows.js';
import {
  besideVenues,
  feeRows,
  groupRows,
  sayGroup,
  sideRows,
  spreadRows,
  venueColumns,
  venueRows,
} from '../src/dashboard/rows.js';
import { changed } from '../src/dashboard/source.js';

/** @param {readonly (readonly import('../src/dashboard/cells.js').Cell[])[]} rows */
const texts = (rows) => rows.map((cells) => cells.map(({ text }) => text));

/**
 * @param {number | null} value
 * @param {string} unit
 */
const figure = (value, unit) => ({
  value,
  unit,
  n: 4,
  definition: 'Something. Needs at least 1 long trade.',
  note: null,
  late: null,
});

const groups = {
  group: /** @type {unknown[]} */ ([0, 1]),
  trades: [0, 3],
  wins: [null, 2],
  win_rate: [null, 66.7],
  profit: [null, -12.5],
  average_profit: [null, -4.17],
};

test('an hour without a trade has a dash, never 0', () => {
  assert.deepEqual(texts(groupRows({ ...groups, late: null })), [
    ['00:00', '0', '\u2013', '\u2013', '\u2013'],
    ['01:00', '3', '66.7 %', '\u221212.50', '\u22124.17'],
  ]);
  assert.equal(sayGroup(groups, 0), '00:00: no trade');
  assert.equal(sayGroup(groups, 1), '01:00: \u221212.50 USDT, 3 trades, 67 % won');
});

test('late trades have rows of their own, where there are any', () => {
  const late = { ...groups, trades: [1, 0], profit: [5, null], win_rate: [100, null], average_profit: [5, null] };
  assert.deepEqual(texts(groupRows({ ...groups, late }))[2], ['00:00, late', '1', '100.0 %', '+5.00', '+5.00']);
  assert.equal(groupRows({ ...groups, late }).length, 3);
});

test('long stands against short, the side without a trade says so', () => {
  const rows = sideRows({
    long_trades: figure(4, 'trades'),
    long_win_rate: figure(50, '%'),
    long_profit: figure(3.5, 'USDT'),
    long_average_profit: figure(0.875, 'USDT'),
    short_trades: figure(0, 'trades'),
    short_win_rate: { ...figure(null, '%'), n: 0 },
  });
  assert.deepEqual(texts(rows).slice(0, 2), [
    ['Trades', '4', '0'],
    ['Win rate', '50.0 %', 'too few'],
  ]);
  assert.equal(rows[1][2].small, 'needs 1 long trade, has 0');
  assert.deepEqual([rows[2][1].text, rows[2][1].tone], ['+3.50', 'up']);
});

test('what other fees would cost is the profit without them less the profit with them', () => {
  const rows = feeRows({
    total_profit: figure(100, 'USDT'),
    fees: figure(20, 'USDT'),
    profit_at_0_percent: figure(120, 'USDT'),
    profit_at_0_055_percent: figure(65, 'USDT'),
    profit_at_0_1_percent: figure(20, 'USDT'),
  });
  assert.deepEqual(texts(rows), [
    ['As traded', '20.00', '+100.00'],
    ['0 %', '0.00', '+120.00'],
    ['0.055 %', '55.00', '+65.00'],
    ['0.1 %', '100.00', '+20.00'],
  ]);
});

test('empty classes of profit are left out of the table', () => {
  assert.deepEqual(texts(spreadRows({ edges: [-50, 0, 50, 100], counts: [2, 0, 1] })), [
    ['\u221250 to 0 USDT', '2'],
    ['+50 to +100 USDT', '1'],
  ]);
});

const columns = {
  tradeNumber: [7, 8],
  entryPrice: [97_000, null],
  touched: ['target', null],
  exitPrice: [97_100, null],
  exitTime: [60_000, null],
  profit: [101, null],
  difference: [1, null],
  missing: [0, null],
};
const venues = [
  {
    exchange: 'okx',
    n: 1,
    profit: 101,
    difference: 0.001,
    late: { n: 0, profit: null, difference: null },
    trades: columns,
  },
];

test('a difference that shows as nothing has no sign and no colour', () => {
  const rows = venueRows(venues);
  assert.deepEqual(texts(rows), [
    ['okx', '1', '+101.00', '0.00'],
    ['okx, late', 'none ended', '\u2013', '\u2013'],
  ]);
  assert.equal(rows[0][3].tone, '');
});

test('a trade stands beside what it would have been on an exchange, or that it was not there', () => {
  const trade = /** @type {any} */ ({ id: 1, tradeNumber: 7, entryTime: 0, profit: 100, late: false });
  const rows = besideVenues([trade, { ...trade, tradeNumber: 8 }, { ...trade, tradeNumber: 9 }], venues);
  assert.equal(rows.length, 2);
  const okx = venueColumns(venues)[3];
  assert.deepEqual(rows.map(okx.show), ['+1.00 TP', 'not there']);
  assert.deepEqual(rows.map(okx.value), [1, null]);
});

test('the share of an exchange is a number and a bar', () => {
  const [row] = exchangeRows([{ exchange: 'okx', share: 22.2, volume: 45_500, delta: -622, complete: 67.3, n: 3028 }]);
  assert.deepEqual(
    row.map(({ text }) => text),
    ['okx', '22.2 %', '45.5K', '\u2212622', '67.3 %'],
  );
  assert.equal(row[1].share, 22.2);
  assert.equal(row[4].small, 'n 3,028');
});

/**
 * @param {number} value
 * @param {number} margin
 */
const about = (value, margin) => ({ value, low: value - margin, high: value + margin });

const moves = { bars: 1, n: 120, independent: 100, undecided: 2 };

test('an event is marked only where its interval lies apart from that of every bar', () => {
  const rows = afterRows(
    /** @type {any} */ ({
      after: [
        { ...moves, event: 'cvd_cross', direction: 'bull', mean_percent: about(0.1, 0.02), up_percent: about(60, 5) },
        { ...moves, event: 'cvd_cross', direction: 'bear', mean_percent: about(0.02, 0.05), up_percent: null },
      ],
      every_bar: [
        { ...moves, event: 'every_bar', direction: null, mean_percent: about(0.01, 0.01), up_percent: about(50, 2) },
      ],
    }),
    'mean_percent',
  );
  assert.deepEqual(
    rows.map(([name, one]) => [name.text, one.text, one.tone, one.small]),
    [
      ['CVD cross, bullish', '+0.100 %', 'up', '+0.080 to +0.120, n 120, apart'],
      ['CVD cross, bearish', '+0.020 %', undefined, '\u22120.030 to +0.070, n 120'],
      ['Every bar', '+0.010 %', undefined, '0.000 to +0.020, n 120'],
    ],
  );
});

test('gap fills have a column a direction, and too few where there are', () => {
  const fills = {
    n: 137,
    independent: 40,
    undecided: 3,
    touched: 100,
    filled: 80,
    closed: 70,
    touched_percent: about(73, 5),
    filled_percent: about(58.4, 6),
    closed_percent: null,
    median_bars: 12,
    within_percent: [10.2, null],
  };
  const rows = gapRows({ horizon: 200, within: [1, 3], fills: [{ direction: 'bull', ...fills }] });
  assert.deepEqual(texts(rows), [
    ['Gaps', '137'],
    ['Touched', '73.0 %'],
    ['Filled', '58.4 %'],
    ['Closed', 'too few'],
    ['Half within', '12 bars'],
    ['Filled within 1 bar', '10.2 %'],
    ['Filled within 3 bars', 'too few'],
  ]);
  assert.equal(rows[0][1].small, 'worth 40, 3 undecided');
  assert.equal(rows[2][1].small, '52.4 to 64.4');
});

test('the CVD before trades has its n, also where the rate is unknown', () => {
  const classes = [
    { cvd: 'low', n: 2, wins: 2, win_rate: null },
    { cvd: 'high', n: 37, wins: 26, win_rate: about(70.3, 12) },
  ];
  assert.deepEqual(texts(cvdRows({ mode: 'paper', look_back: 500, unknown: 0, late: 1, classes })), [
    ['Low', '2', '2', 'too few'],
    ['High', '37', '26', '70.3 %'],
  ]);
});

test('trades by a value at their entry have a row a group and the corrected p', () => {
  const group = { lowest: 0, highest: 5, n: 14, wins: 11, win_rate: about(78.6, 20), mean_profit: about(53.2, 230) };
  const table = { question: 'hour', unit: 'hour, UTC', n: 23, unknown: 2, groups: [group], p: 0.2, corrected_p: 1 };
  const few = { ...group, lowest: 6, highest: 11, n: 9, win_rate: null, mean_profit: null };
  assert.deepEqual(texts(outcomeRows({ ...table, groups: [group, few] })), [
    ['00:00 to 06:00', '14', '79', '+53'],
    ['06:00 to 12:00', '9', 'too few', 'too few'],
    ['Corrected p', '', '2 unknown', '1.00'],
  ]);
  assert.equal(outcomeRows(table)[0][3].small, '\u2212177 to +283');
  assert.deepEqual(texts(outcomeRows({ ...table, groups: null, p: null, corrected_p: null, unknown: 0 })), [
    ['Corrected p', '', '', 'too few'],
  ]);
  assert.equal(outcomeRows({ ...table, question: 'volatility', corrected_p: 0.0025 })[1][3].text, '0.0025');
  const trades = { mode: 'paper', late: 1, n: 39, questions: 5, level: 0.05, intervals: 0, each_confidence: 90 };
  assert.equal(sureness({ ...trades, tables: [], conclusion: '' }, 90), '39 paper trades, 1 late left out');
});

test('a period that moves on with new minutes is the same one, later', () => {
  const account = { pair: 'BTC/USDT', mode: 'paper' };
  const was = { account, period: { from: 0, to: 86_400_000 } };
  assert.equal(changed(null, was), 'account');
  assert.equal(changed(was, { ...was, account: { ...account, mode: 'backtest' } }), 'account');
  assert.equal(changed(was, was), null);
  assert.equal(changed(was, { account, period: { from: 60_000, to: 86_460_000 } }), 'later');
  assert.equal(changed(was, { account, period: {} }), 'period');
  assert.equal(changed(was, { account, period: { from: 86_400_000, to: 2 * 86_400_000 } }), 'period');
});
