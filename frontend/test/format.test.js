import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from '../src/format.js';

test('a price has as many decimals as its size needs', () => {
  assert.deepEqual([97155.44, 3456.78, 99.123, 2.5, 0.15432, 0.00012].map(format.formatPrice), [
    '97,155.4',
    '3,456.78',
    '99.12',
    '2.5000',
    '0.15432',
    '0.00012000',
  ]);
});

test('a size has about three figures', () => {
  assert.deepEqual([12_345_678, 12345.6, 1234.5, 123.4, 12.34, 1.234, 0.1234, 0, -1e-9].map(format.formatSize), [
    '12.3M',
    '12.3K',
    '1,235',
    '123',
    '12.3',
    '1.23',
    '0.123',
    '0',
    '0',
  ]);
});

test('a sign is always there, a real minus among them', () => {
  assert.equal(format.signed(2.6, format.formatSize), '+2.60');
  assert.equal(format.signed(-2.6, format.formatSize), '\u22122.60');
  assert.equal(format.signed(0.0001, format.formatSize), '0');
  assert.equal(format.signed(0, format.formatSize), '0');
});

test('whole dollars have a hyphen where they are lost, and none where that rounds to nothing', () => {
  assert.deepEqual([-612.4, 1234, -0.4].map(format.formatDollars), ['-$612', '$1,234', '$0']);
});

test('units are the coins of the pair that is shown, and a dollar is said only of dollars', () => {
  assert.deepEqual([format.base(), format.quote(), format.quote('ETH/EUR')], ['BTC', 'USDT', 'EUR']);
  format.setPair('ETH/BTC');
  assert.deepEqual([format.base(), format.quote(), format.formatDollars(-2.4)], ['ETH', 'BTC', '-2 BTC']);
  format.setPair(undefined);
  assert.equal(format.base(), 'BTC');
});

test('a distance has the decimals of the prices it lies between', () => {
  assert.deepEqual([format.formatDistance(12.34, 97_000), format.formatDistance(0.0123, 0.15)], ['12.3', '0.01230']);
});

test('change is from open to close', () => {
  assert.equal(format.formatChange(97100, 97155), '+0.06 %');
  assert.equal(format.formatChange(100, 99), '\u22121.00 %');
  assert.equal(format.formatChange(97100, 97099.9), '0.00 %');
});

test('a duration is one or two words, and never negative', () => {
  const SECOND = 1000;
  assert.deepEqual(
    [-5, 42, 60, 185, 3600, 7500, 200_000].map((seconds) => format.formatDuration(seconds * SECOND)),
    ['0 s', '42 s', '1 min', '3 min', '1 h', '2 h 5 min', '2 d'],
  );
});

test('instants are UTC, wherever the reader sits', () => {
  const instant = Date.UTC(2025, 4, 4, 3, 12, 9);
  assert.equal(format.formatTime(instant), '03:12');
  assert.equal(format.formatClock(instant), '03:12:09');
  assert.equal(format.formatInstant(instant), 'Sun, 4 May 2025 03:12');
  assert.equal(format.formatInstant(instant, 86_400_000), 'Sun, 4 May 2025');
});

test('a stretch says its day once, unless it has two', () => {
  const from = Date.UTC(2025, 4, 4, 3, 12);
  assert.equal(format.formatStretch(from, from + 28 * 60_000), '4 May 03:12 to 03:40');
  assert.equal(format.formatStretch(from, from + 86_400_000), '4 May 03:12 to 5 May 03:12');
});

test('bytes are read at a glance', () => {
  assert.deepEqual([69_632, 1_714_000, 2.1e9].map(format.formatBytes), ['70 kB', '1.7 MB', '2.1 GB']);
});
