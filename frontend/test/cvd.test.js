import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchoredCvd, lengthOf, runningCvd } from '../src/chart/cvd.js';

const MINUTE = 60_000;
const ANCHOR = 15 * MINUTE;

test('the running CVD adds up from its zero', () => {
  assert.deepEqual(runningCvd([0, 1, 2], [5, -2, 4], 0), [5, 3, 7]);
});

test('older bars count backwards and leave the known values alone', () => {
  const before = runningCvd([2, 3], [4, 1], 2);
  const after = runningCvd([0, 1, 2, 3], [5, -2, 4, 1], 2);
  assert.deepEqual(before, [4, 5]);
  assert.deepEqual(after, [2, 0, 4, 5]);
});

test('a zero before the first bar or in a hole begins at the bar before it', () => {
  assert.deepEqual(runningCvd([10, 20], [1, 2], 5), [1, 3]);
  assert.deepEqual(runningCvd([10, 20, 40], [1, 2, 4], 30), [0, 2, 6]);
});

test('the anchored CVD begins at zero in each period', () => {
  const times = [0, 5, 10, 15, 20].map((minute) => minute * MINUTE);
  assert.deepEqual(anchoredCvd(times, [1, 2, 3, 10, 20], ANCHOR), [1, 3, 6, 10, 30]);
});

test('a period whose first bar is missing begins with the first that exists', () => {
  const times = [0, 5, 20, 25].map((minute) => minute * MINUTE);
  assert.deepEqual(anchoredCvd(times, [1, 2, 3, 4], ANCHOR), [1, 3, 3, 7]);
});

test('before the first boundary the value is unknown', () => {
  const times = [5, 10, 15].map((minute) => minute * MINUTE);
  assert.deepEqual(anchoredCvd(times, [1, 2, 3], ANCHOR), [null, null, 3]);
});

test('a timeframe above the anchor is its own: each bar is its delta', () => {
  const times = [0, 60, 120].map((minute) => minute * MINUTE);
  assert.deepEqual(anchoredCvd(times, [1, -2, 3], 60 * MINUTE), [1, -2, 3]);
});

test('a length is read as the settings write it', () => {
  assert.equal(lengthOf('15m'), 15 * MINUTE);
  assert.equal(lengthOf('4h'), 240 * MINUTE);
  assert.equal(lengthOf('1d'), 1440 * MINUTE);
  for (const wrong of ['', '0m', '15', '15s', null, undefined, 15]) assert.equal(lengthOf(wrong), null);
});
