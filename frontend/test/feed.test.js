import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withForming } from '../src/chart/cvd.js';
import { holeAfter, MAX_HOLE, slots, toChartData, toCvd } from '../src/chart/feed.js';
import { readCandles } from '../src/server/answers.js';

const MINUTE = 60_000;
const START = Date.UTC(2025, 4, 4);

/** @param {string} name */
const golden = (name) =>
  readCandles(JSON.parse(readFileSync(new URL(`../../tests/golden/${name}.json`, import.meta.url), 'utf8'))).candles;

/** @type {import('../src/chart/feed.js').CvdView} */
const view = { mode: 'running', zeroAt: START, told: null };

test('ms become seconds, and a bar keeps its prices', () => {
  const { candles } = toChartData(golden('candles_1m'), MINUTE);
  assert.deepEqual(candles[0], {
    time: (START + 8 * MINUTE) / 1000,
    open: 97008,
    high: 97018.1,
    low: 96998.2,
    close: 97013.3,
  });
});

test('every slot between the first and the last bar has a grid point, a missing minute too', () => {
  const data = toChartData(golden('candles_1m'), MINUTE);
  assert.equal(data.candles.length, 20);
  assert.equal(data.slots.length, 22);
  assert.deepEqual(
    data.slots.filter((slot) => !data.times.includes(slot)),
    [START + 12 * MINUTE, START + 13 * MINUTE],
  );
});

test('lines break before a hole and nowhere else', () => {
  const data = toChartData(golden('candles_1m'), MINUTE);
  for (const line of [data.delta, toCvd(data, view).line()]) {
    const broken = line.filter(({ color }) => color === 'transparent').map(({ time }) => time * 1000);
    assert.deepEqual(broken, [START + 11 * MINUTE]);
  }
});

test('buys lie in front of all volume, so that sells stand on them', () => {
  const { volume, buys, values } = toChartData(golden('candles_5m'), 5 * MINUTE);
  values.forEach(({ buy, sell, delta }, row) => {
    assert.equal(buys[row].value, buy);
    assert.equal(volume[row].value, buy + sell);
    assert.equal(delta, buy - sell);
  });
});

test('the anchored CVD is what the server tells, the bar that is not over included, and blank elsewhere', () => {
  const told = {
    timestamp: [START + MINUTE, START + 2 * MINUTE],
    open: [7, 9],
    high: [9, 9],
    low: [6, 4],
    close: [9, 5],
  };
  const forming = { timestamp: START + 3 * MINUTE, open: 5, high: 8, low: 5, close: 6 };
  const anchored = { ...view, mode: /** @type {const} */ ('anchored'), told: withForming({ cvd: told, forming }) };
  const cvd = toCvd(minutes([]), anchored);
  assert.deepEqual(cvd.closes, [null, 9, 5, 6, null, null]);
  const candles = cvd.candles().map(({ open, high, low, close }) => [open, high, low, close]);
  assert.deepEqual(candles.slice(1, 4), [
    [7, 9, 6, 9],
    [9, 9, 4, 5],
    [5, 8, 5, 6],
  ]);
  assert.deepEqual(toCvd(minutes([]), { ...anchored, told: null }).closes, Array(6).fill(null));
});

test('every series has the times of the candles, in order', () => {
  const data = toChartData(golden('candles_1m'), MINUTE);
  const times = data.candles.map(({ time }) => time);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  for (const series of [data.volume, data.buys, data.delta, toCvd(data, view).line(), toCvd(data, view).candles()])
    assert.deepEqual(
      series.map(({ time }) => time),
      times,
    );
});

test('no bars draw nothing', () => {
  const data = toChartData(golden('candles_none'), MINUTE);
  const cvd = toCvd(data, view);
  assert.deepEqual([data.slots, data.candles, cvd.line(), cvd.dashed(), cvd.candles()], [[], [], [], [], []]);
});

test('a hole of months is drawn a day of minutes long', () => {
  const month = 30 * 1440 * MINUTE;
  const all = slots([START, START + month], MINUTE);
  assert.equal(all.length, MAX_HOLE + 2);
  assert.equal(all.at(-1), START + month);
  assert.equal(new Set(all).size, all.length);
});

test('an empty slot tells the hole it lies in', () => {
  const { values } = toChartData(golden('candles_1m'), MINUTE);
  assert.deepEqual(holeAfter(values, 3, MINUTE), { from: START + 12 * MINUTE, to: START + 14 * MINUTE });
  assert.equal(holeAfter(values, values.length - 1, MINUTE), null);
  assert.equal(holeAfter(values, -1, MINUTE), null);
});

/**
 * Minutes of one buy more than the one before, all four venues there but in some.
 * @param {number[]} lacking
 */
const minutes = (lacking) => {
  const rows = [0, 1, 2, 3, 4, 5];
  return toChartData(
    {
      timestamp: rows.map((row) => START + row * MINUTE),
      open: rows.map(() => 100),
      high: rows.map(() => 101),
      low: rows.map(() => 99),
      close: rows.map(() => 100),
      vBuy: rows.map((row) => 2 + row),
      vSell: rows.map(() => 2),
      sources: rows.map((row) => (lacking.includes(row) ? 3 : 4)),
      configured: rows.map(() => 4),
    },
    MINUTE,
  );
};

test('the way to a bar that lacks a venue is dashed, and nothing is drawn twice', () => {
  const cvd = toCvd(minutes([2, 3]), view);
  const drawn = (/** @type {import('../src/chart/feed.js').Point[]} */ line) =>
    line.map(({ value, color }) => (value === undefined ? '' : color === 'transparent' ? `${value}|` : `${value}-`));
  assert.deepEqual(drawn(cvd.line()), ['0-', '1|', '3|', '6-', '10-', '15-']);
  assert.deepEqual(drawn(cvd.dashed()), ['', '1-', '3-', '6|', '', '']);
});

test('a candle of the CVD begins where the last ended, and is hollow where a venue is missing', () => {
  const [, , second, third] = toCvd(minutes([3]), view).candles();
  assert.deepEqual(second, { time: START / 1000 + 120, open: 1, high: 3, low: 1, close: 3, flawed: false });
  assert.deepEqual(third, { time: START / 1000 + 180, open: 3, high: 6, low: 3, close: 6, flawed: true });
});

test('how far the CVD went within a bar is what the server tells, whatever it is counted from', () => {
  const told = { timestamp: [START + 2 * MINUTE], open: [50], high: [59], low: [46], close: [52] };
  const [, , bar, next] = toCvd(minutes([]), { ...view, told }).candles();
  assert.deepEqual(bar, { time: START / 1000 + 120, open: 1, high: 10, low: -3, close: 3, flawed: false });
  assert.equal(next.open, 3);
});
