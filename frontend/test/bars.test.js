import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawable, firstBars, indexAt, lastBars, noBars, withOlder, withTail } from '../src/state/bars.js';

/**
 * Bars whose prices are all `price`.
 * @param {number[]} times
 * @param {number} [price]
 */
const flat = (times, price = 10) => {
  const same = times.map(() => price);
  const four = times.map(() => 4);
  return {
    timestamp: times,
    open: same,
    high: same,
    low: same,
    close: same,
    vBuy: same,
    vSell: same,
    sources: four,
    configured: four,
  };
};

test('the index of an instant is that of the last time at or before it', () => {
  assert.deepEqual(
    [9, 10, 15, 20, 99].map((instant) => indexAt([10, 20, 30], instant)),
    [-1, 0, 0, 1, 2],
  );
  assert.equal(indexAt([], 5), -1);
});

test('newer bars replace everything from their first open on', () => {
  const bars = withTail(flat([1, 2, 3]), flat([3, 4], 20));
  assert.deepEqual(bars.timestamp, [1, 2, 3, 4]);
  assert.deepEqual(bars.close, [10, 10, 20, 20]);
  assert.deepEqual(bars.sources, [4, 4, 4, 4]);
});

test('no newer bars change nothing', () => {
  const bars = flat([1, 2]);
  assert.equal(withTail(bars, noBars()), bars);
});

test('of older bars only those before the first one count', () => {
  const bars = withOlder(flat([3, 4]), flat([1, 2, 3], 20));
  assert.deepEqual(bars.timestamp, [1, 2, 3, 4]);
  assert.deepEqual(bars.close, [20, 20, 10, 10]);
  assert.deepEqual(withOlder(noBars(), flat([1, 2])).timestamp, [1, 2]);
});

test('either end can be let go', () => {
  assert.deepEqual(firstBars(flat([1, 2, 3]), 2).timestamp, [1, 2]);
  assert.deepEqual(lastBars(flat([1, 2, 3]), 2).timestamp, [2, 3]);
});

test('what is drawn is in order, each open once, the last row of it', () => {
  const bars = flat([20, 10, 20]);
  bars.close = bars.open = bars.high = bars.low = [1, 2, 3];
  const drawn = drawable(bars);
  assert.deepEqual(drawn.timestamp, [10, 20]);
  assert.deepEqual(drawn.close, [2, 3]);
});

test('sound bars are not copied', () => {
  const bars = flat([10, 20]);
  assert.equal(drawable(bars), bars);
});

for (const [what, change] of /** @type {[string, Partial<import('../src/state/bars.js').Bars>][]} */ ([
  ['a price that is no number', { close: [10, Number.NaN, 10] }],
  ['an endless price', { high: [10, Number.POSITIVE_INFINITY, 10] }],
  ['a missing price', { open: [10, /** @type {any} */ (null), 10] }],
  ['a missing volume', { vBuy: [10, /** @type {any} */ (undefined), 10] }],
  ['a high below the close', { high: [10, 9, 10] }],
  ['a low above the open', { low: [10, 11, 10] }],
]))
  test(`a bar with ${what} is left out`, () => {
    assert.deepEqual(drawable({ ...flat([1, 2, 3]), ...change }).timestamp, [1, 3]);
  });
