import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readCandles } from '../src/answers.js';
import { holeAfter, MAX_HOLE, slots, toChartData } from '../src/feed.js';

const MINUTE = 60_000;
const START = Date.UTC(2025, 4, 4);

/** @param {string} name */
const golden = (name) =>
  readCandles(JSON.parse(readFileSync(new URL(`../../tests/golden/${name}.json`, import.meta.url), 'utf8'))).candles;

const view = { span: MINUTE, cvd: /** @type {const} */ ('running'), zeroAt: START, fromTheStart: true };

test('ms become seconds, and a bar keeps its prices', () => {
  const { candles } = toChartData(golden('candles_1m'), view);
  assert.deepEqual(candles[0], {
    time: (START + 8 * MINUTE) / 1000,
    open: 97008,
    high: 97018.1,
    low: 96998.2,
    close: 97013.3,
  });
});

test('every slot between the first and the last bar has a grid point, a missing minute too', () => {
  const data = toChartData(golden('candles_1m'), view);
  assert.equal(data.candles.length, 20);
  assert.equal(data.slots.length, 22);
  assert.deepEqual(
    data.slots.filter((slot) => !data.times.includes(slot)),
    [START + 12 * MINUTE, START + 13 * MINUTE],
  );
});

test('lines break before a hole and nowhere else', () => {
  const { delta, cvd } = toChartData(golden('candles_1m'), view);
  for (const line of [delta, cvd]) {
    const broken = line.filter(({ color }) => color === 'transparent').map(({ time }) => time * 1000);
    assert.deepEqual(broken, [START + 11 * MINUTE]);
  }
});

test('buys lie in front of all volume, so that sells stand on them', () => {
  const { volume, buys, values } = toChartData(golden('candles_5m'), { ...view, span: 5 * MINUTE });
  values.forEach(({ buy, sell, delta }, row) => {
    assert.equal(buys[row].value, buy);
    assert.equal(volume[row].value, buy + sell);
    assert.equal(delta, buy - sell);
  });
});

test('the anchored CVD is blank where its period began before the bars', () => {
  const bars = golden('candles_1m');
  const { cvd } = toChartData(bars, { ...view, cvd: 'anchored', fromTheStart: false });
  const blank = cvd.filter(({ value }) => value === undefined).map(({ time }) => time * 1000);
  assert.deepEqual(
    blank,
    bars.timestamp.filter((time) => time < START + 15 * MINUTE),
  );
});

test('every series has the times of the candles, in order', () => {
  const data = toChartData(golden('candles_1m'), view);
  const times = data.candles.map(({ time }) => time);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  for (const series of [data.volume, data.buys, data.delta, data.cvd])
    assert.deepEqual(
      series.map(({ time }) => time),
      times,
    );
});

test('no bars draw nothing', () => {
  const data = toChartData(golden('candles_none'), view);
  assert.deepEqual([data.slots, data.candles, data.cvd], [[], [], []]);
});

test('a hole of months is drawn a day of minutes long', () => {
  const month = 30 * 1440 * MINUTE;
  const all = slots([START, START + month], MINUTE);
  assert.equal(all.length, MAX_HOLE + 2);
  assert.equal(all.at(-1), START + month);
  assert.equal(new Set(all).size, all.length);
});

test('an empty slot tells the hole it lies in', () => {
  const { values } = toChartData(golden('candles_1m'), view);
  assert.deepEqual(holeAfter(values, 3, MINUTE), { from: START + 12 * MINUTE, to: START + 14 * MINUTE });
  assert.equal(holeAfter(values, values.length - 1, MINUTE), null);
  assert.equal(holeAfter(values, -1, MINUTE), null);
});
