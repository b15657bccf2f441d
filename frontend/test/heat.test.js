import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brief, heatOf, strengthOf } from '../src/dashboard/heat.js';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2025, 4, 5);

test('each trade is in the cell of its weekday and hour', () => {
  const rows = heatOf(
    [
      { entryTime: MONDAY + 14 * HOUR, profit: 10 },
      { entryTime: MONDAY + 14 * HOUR + 59 * 60_000, profit: -4 },
      { entryTime: MONDAY - 1, profit: 7 },
    ],
    'utc',
  );
  assert.deepEqual(rows[0][14], { trades: 2, profit: 6 });
  assert.deepEqual(rows[6][23], { trades: 1, profit: 7 });
  assert.equal(
    rows.flat().reduce((sum, { trades }) => sum + trades, 0),
    3,
  );
});

test('the map is the one of /api/statistics, in UTC', () => {
  const golden = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(new URL(`../../tests/golden/${name}.json`, import.meta.url), 'utf8'));
  const { matrix, account } = golden('statistics');
  const trades = golden('trades').trades.filter(
    (/** @type {any} */ { mode, late, counted }) => mode === account.mode && !late && counted,
  );
  const rows = heatOf(trades, 'utc');
  assert.deepEqual(
    rows.map((row) => row.map(({ trades: count }) => count)),
    matrix.trades,
  );
  rows.flat().forEach(({ trades: count, profit }, place) => {
    const said = matrix.profit.flat()[place];
    assert.ok(count === 0 ? said === null : Math.abs(said - profit) < 1e-9);
  });
});

test('the strongest cell is 1, a quarter of it a half, and nothing is nothing', () => {
  const rows = [
    [
      { trades: 1, profit: -100 },
      { trades: 1, profit: 25 },
      { trades: 0, profit: 0 },
    ],
  ];
  assert.deepEqual(rows[0].map(strengthOf(rows)), [1, 0.5, 0]);
  assert.equal(strengthOf([[{ trades: 0, profit: 0 }]])({ trades: 0, profit: 0 }), 0);
});

test('a profit is written in four characters with its sign', () => {
  const said = [312.4, -0.6, 0.2, 999.6, -1234, 12_345].map(brief);
  assert.deepEqual(said, ['+312', '\u22121', '0', '+1.0k', '\u22121.2k', '+12k']);
});
