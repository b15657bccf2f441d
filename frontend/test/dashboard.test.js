import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byDay } from '../src/dashboard/days.js';
import { ROWS, toEquityData } from '../src/dashboard/equity.js';
import { lacking, needs, sayFigure, sayValue, titleOf, toneOf } from '../src/dashboard/figures.js';
import { histogram, roundWidth } from '../src/dashboard/histogram.js';
import { datesOf, periodOf, periodOfDates, presetOf, sayPeriod } from '../src/dashboard/period.js';
import { remarksOf, tilesOf } from '../src/dashboard/tiles.js';
import { counted, setZone } from '../src/format.js';

setZone('utc');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MAY = Date.UTC(2025, 4, 1);

/**
 * @param {number | null} value
 * @param {string} unit
 * @param {number} [n]
 * @param {string} [definition]
 * @param {{ note?: string | null, late?: { value: number | null, n: number } | null }} [more]
 */
const figure = (
  value,
  unit,
  n = 39,
  definition = 'Something. Needs at least 1 trade.',
  { note = null, late = null } = {},
) => ({
  value,
  unit,
  n,
  definition,
  note,
  late,
});

test('a profit has its sign, a fall is a loss, fees have neither', () => {
  assert.equal(sayValue('total_profit', 257.6, 'USDT'), '+257.60 USDT');
  assert.equal(sayValue('total_profit', -12, 'USDT'), '\u221212.00 USDT');
  assert.equal(sayValue('max_drawdown', 1865.05, 'USDT'), '\u22121,865.05 USDT');
  assert.equal(sayValue('max_drawdown', 0, 'USDT'), '0.00 USDT');
  assert.equal(sayValue('fees', 1569.79, 'USDT'), '1,569.79 USDT');
  assert.equal(sayValue('win_rate', 71.79, '%'), '71.8 %');
  assert.equal(sayValue('average_duration', 131, 'min'), '2 h 11 min');
  assert.equal(sayValue('max_drawdown_length', 1.05, 'days'), '25 h 12 min');
  assert.equal(sayValue('max_drawdown_length', 12.34, 'days'), '12.3 days');
  assert.equal(sayValue('trades', 1234, 'trades'), '1,234');
  assert.equal(sayValue('ruined', MAY + HOUR, 'UTC ms'), '1 May 01:00 UTC');
});

test('the colour of a figure says what its sign says', () => {
  assert.equal(toneOf('total_profit', figure(1, 'USDT')), 'up');
  assert.equal(toneOf('total_profit', figure(-1, 'USDT')), 'down');
  assert.equal(toneOf('max_drawdown', figure(1, 'USDT')), 'down');
  assert.equal(toneOf('fees', figure(1, 'USDT')), '');
  assert.equal(toneOf('total_profit', figure(null, 'USDT')), '');
});

test('a figure without a value says what it needs, or what it cannot divide by', () => {
  assert.deepEqual(needs('The daily changes. Null without deviation. Needs at least 30 days.'), {
    least: 30,
    of: 'day',
  });
  assert.deepEqual(needs('Needs at least 1 long trade.'), { least: 1, of: 'long trade' });
  const sharpe = figure(null, '', 3, 'The daily changes. Null without deviation. Needs at least 30 days.');
  assert.deepEqual(lacking(sharpe), { word: 'too few', reason: 'needs 30 days, has 3' });
  const factor = figure(null, '', 5, 'Sum / sum. Null without a loss. Needs at least 1 trade.');
  assert.deepEqual(lacking(factor), { word: 'none', reason: 'without a loss' });
  assert.equal(sayFigure('profit_factor', factor), 'none: without a loss');
  assert.equal(sayFigure('sharpe', sharpe), 'too few: needs 30 days, has 3');
});

test('a figure is called what a reader calls it', () => {
  assert.equal(titleOf('max_drawdown_percent'), 'Max drawdown, %');
  assert.equal(titleOf('marked_max_drawdown'), 'Marked: max drawdown');
  assert.equal(titleOf('sqn'), 'SQN');
  assert.deepEqual([counted(1, 'trade'), counted(1200, 'trade')], ['1 trade', '1,200 trades']);
});

test('the win rate stands beside the one that breaks even, and is good only above it', () => {
  const [tile] = tilesOf({
    win_rate: figure(71.8, '%'),
    break_even_win_rate: figure(70.5, '%'),
  });
  assert.equal(tile.value, '71.8');
  assert.equal(tile.unit, '%');
  assert.equal(tile.n, 'n 39');
  assert.equal(tile.tone, 'up');
  assert.deepEqual(
    tile.lines.map(({ text }) => text),
    ['break-even 70.5 % after fees', '1.3 points above it'],
  );
  assert.deepEqual(tile.meter, { value: 71.8, mark: 70.5 });
  const [worse] = tilesOf({ win_rate: figure(60, '%'), break_even_win_rate: figure(112, '%') });
  assert.equal(worse.tone, 'down');
  assert.equal(worse.lines[1].text, 'no win rate is enough');
});

test('a tile without a value says why, never 0', () => {
  const [tile] = tilesOf({ sharpe: figure(null, '', 3, 'Daily. Needs at least 30 days.') });
  assert.deepEqual([tile.value, tile.few, tile.n], ['too few', true, 'n 3 d']);
  assert.equal(tile.lines[0].text, 'needs 30 days, has 3');
});

test('before fees is said where fees are 0', () => {
  const free = { note: 'before fees' };
  const tiles = tilesOf({
    total_profit: figure(170.75, 'USDT', 3, 'Sum.', free),
    fees: figure(0, 'USDT', 3, 'Fees.'),
    fees_share: figure(0, '%', 3, 'Share.'),
  });
  assert.ok(tiles[0].lines.some(({ text }) => text === 'before fees'));
  assert.ok(tiles[1].lines.some(({ text }) => text === 'profits are before fees'));
});

test('the drawdown tells depth, length, dates and what is marked to market', () => {
  const [tile] = tilesOf({
    max_drawdown: figure(1865.05, 'USDT'),
    max_drawdown_percent: figure(16.4, '%'),
    max_drawdown_length: figure(3.5, 'days'),
    max_drawdown_start: figure(MAY, 'UTC ms'),
    max_drawdown_end: figure(MAY + 3.5 * DAY, 'UTC ms'),
    marked_max_drawdown: figure(1978.28, 'USDT'),
  });
  assert.equal(tile.value, '\u22121,865.05');
  assert.deepEqual(
    tile.lines.map(({ text }) => text),
    ['16.4 %, 3.5 days', '1 May to 4 May', 'marked to market \u22121,978.28'],
  );
});

test('ruin and late trades are said beside the figures', () => {
  const remarks = remarksOf({
    conclusion: 'too few trades to conclude: 3, and at least 10 are needed',
    figures: {
      ruined: figure(MAY + HOUR, 'UTC ms'),
      marked_ruined: figure(null, 'UTC ms'),
      trades: figure(38, 'trades', 38, 'Trades.', { late: { value: 2, n: 2 } }),
      total_profit: figure(1, 'USDT', 38, 'Sum.', { late: { value: -12.3, n: 2 } }),
      win_rate: figure(50, '%', 38, 'Wins.', { late: { value: 50, n: 2 } }),
    },
  });
  assert.deepEqual(
    remarks.map(({ kind, text }) => [kind, text]),
    [
      ['conclusion', 'Too few trades to conclude: 3, and at least 10 are needed'],
      ['ruined', 'Ruined on 1 May 01:00 UTC: the balance was at or below 0, whatever came after'],
      ['late', '2 late trades apart, in no figure above: \u221212.30 USDT, 50.0 % won'],
    ],
  );
});

test('profits are counted in classes of a round width, 0 an edge of two', () => {
  assert.deepEqual([0.011, 1, 1.2, 26, 51].map(roundWidth), [0.02, 1, 2, 50, 100]);
  const { edges, counts } = histogram([-494, -445, -363, 106, 134, 146, 242]);
  assert.deepEqual(edges.slice(0, 2), [-500, -450]);
  assert.ok(edges.includes(0));
  assert.equal(edges.at(-1), 250);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    7,
  );
  assert.equal(counts[0], 1);
  assert.deepEqual(histogram([]), { edges: [], counts: [] });
  assert.deepEqual(histogram([0]).counts, [1]);
  assert.deepEqual(histogram([5]).counts.at(-1), 1);
});

test('one profit far away makes classes wider, not endless', () => {
  const many = Array.from({ length: 500 }, (_, index) => (index % 2 ? 100 : -100));
  const { counts } = histogram([...many, 50_000]);
  assert.ok(counts.length <= 44);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    501,
  );
});

test('a day has the trades that were closed on it, and the balance of its last', () => {
  const trade = { late: false, profit: 0, newBalance: 0 };
  const days = byDay([
    { ...trade, exitTime: MAY + HOUR, profit: 10, newBalance: 110 },
    { ...trade, exitTime: MAY + 2 * HOUR, profit: -4, newBalance: 106, late: true },
    { ...trade, exitTime: MAY + DAY, profit: 1, newBalance: 107 },
  ]);
  assert.deepEqual(days, [
    { day: MAY + DAY, trades: 1, late: 0, wins: 1, profit: 1, balance: 107 },
    { day: MAY, trades: 2, late: 1, wins: 1, profit: 6, balance: 106 },
  ]);
});

/**
 * @param {number[]} timestamp
 * @param {{ bars?: number, bar_ms?: number }} [more]
 */
const equityOf = (timestamp, { bars = timestamp.length, bar_ms = 5 * MINUTE } = {}) => ({
  timestamp,
  balance: timestamp.map((_, row) => 10_000 + row),
  marked: timestamp.map((_, row) => 10_000 + row / 2),
  drawdown: timestamp.map((_, row) => row),
  balance_drawdown: timestamp.map(() => 0),
  buy_and_hold: timestamp.map((_, row) => (row ? 9_000 : null)),
  bars,
  bar_ms,
});

test('an even axis: a missing bar keeps its slot, and lines break before it', () => {
  const bar = 5 * MINUTE;
  const data = toEquityData(equityOf([MAY, MAY + bar, MAY + 4 * bar]));
  assert.equal(data.slots.length, 5);
  assert.deepEqual(data.rows, [0, 1, 1, 1, 2]);
  assert.equal(data.holes, 1);
  assert.deepEqual(data.balance, [
    { time: MAY / 1000, value: 10_000 },
    { time: (MAY + bar) / 1000, value: 10_001, color: 'transparent' },
    { time: (MAY + 4 * bar) / 1000, value: 10_002 },
  ]);
  assert.deepEqual(
    data.drawdown.map((point) => 'value' in point && point.value),
    [0, -1, -2],
  );
  assert.deepEqual(data.hold[0], { time: MAY / 1000 });
});

test('rows that were thinned are not holes, a month without rows is', () => {
  const bar = 5 * MINUTE;
  const bars = 210_000;
  const every = Math.ceil(bars / (ROWS / 2));
  const rows = Array.from({ length: ROWS / 2 }, (_, row) => MAY + row * every * bar);
  assert.equal(toEquityData(equityOf(rows, { bars })).holes, 0);
  const later = rows.map((time, row) => (row < 700 ? time : time + 90 * DAY));
  assert.equal(toEquityData(equityOf(later, { bars })).holes, 1);
});

test('rows that fall into one slot take the next, so that no extreme is lost', () => {
  const bar = 5 * MINUTE;
  const close = [MAY, MAY + bar, MAY + 2 * bar, MAY + 730 * DAY];
  const data = toEquityData(equityOf(close, { bars: 210_000 }));
  assert.equal(data.balance.length, 4);
  assert.ok(data.slots.length <= 6_010);
  const times = data.balance.map(({ time }) => time);
  assert.deepEqual(
    times,
    [...new Set(times)].sort((a, b) => a - b),
  );
});

test('an account without bars draws nothing', () => {
  const data = toEquityData(equityOf([]));
  assert.deepEqual([data.slots, data.balance], [[], []]);
});

test('the last day ends with the newest minute and is known as such', () => {
  const newest = MAY + 10 * HOUR;
  const day = periodOf('1D', newest);
  assert.deepEqual(day, { from: newest + MINUTE - DAY, to: newest + MINUTE });
  assert.equal(presetOf(day, newest), '1D');
  assert.equal(presetOf(day, newest + MINUTE), null);
  assert.equal(presetOf(null, newest), 'all');
  assert.equal(periodOf('all', newest), null);
  assert.equal(periodOf('1W', null), null);
});

test('dates are whole UTC days, the last one counts', () => {
  const period = periodOfDates('2025-05-01', '2025-05-02');
  assert.deepEqual(period, { from: MAY, to: MAY + 2 * DAY });
  assert.deepEqual(datesOf({ from: MAY, to: MAY + 2 * DAY }), { from: '2025-05-01', to: '2025-05-02' });
  assert.equal(periodOfDates('2025-05-03', '2025-05-02'), 'the first day comes after the last');
  assert.equal(periodOfDates('', '2025-05-02'), 'from which day?');
});

test('a period says its years unless they are this one', () => {
  assert.equal(sayPeriod({ from: MAY, to: MAY + DAY }, MAY), '1 May 00:00 to 2 May 00:00 UTC');
  assert.equal(sayPeriod({ from: MAY, to: MAY + DAY }, MAY + 400 * DAY), '1 May 2025 00:00 to 2 May 2025 00:00 UTC');
});
