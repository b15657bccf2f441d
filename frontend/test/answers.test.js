import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  BadAnswer,
  readBacktest,
  readCandleStatistics,
  readCandles,
  readCompleteness,
  readEquity,
  readIndicators,
  readLogs,
  readOrders,
  readParameters,
  readPatterns,
  readPrediction,
  readRefusal,
  readSetups,
  readStatistics,
  readStatus,
  readTrade,
  readTrades,
} from '../src/server/answers.js';

const folder = new URL('../../tests/golden/', import.meta.url);
/** @param {string} name */
const golden = (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

/** @type {Record<string, (body: unknown) => unknown>} */
const READERS = {
  backtest: readBacktest,
  candle_statistics: readCandleStatistics,
  candles: readCandles,
  completeness: readCompleteness,
  equity: readEquity,
  indicators: readIndicators,
  logs: readLogs,
  orders: readOrders,
  parameters: readParameters,
  patterns: readPatterns,
  prediction: readPrediction,
  refusal: readRefusal,
  setups: readSetups,
  statistics: readStatistics,
  status: readStatus,
  trade: readTrade,
  trades: readTrades,
};

/** @param {string} name `trades_imported.json` is read as trades are */
const kindOf = (name) => Object.keys(READERS).find((kind) => name === `${kind}.json` || name.startsWith(`${kind}_`));

test('every kind of answer has a golden one', () => {
  const kinds = new Set(readdirSync(folder).map(kindOf));
  assert.deepEqual(
    Object.keys(READERS).filter((kind) => !kinds.has(kind)),
    [],
  );
});

for (const name of readdirSync(folder).filter(kindOf))
  test(`the server's ${name} is understood`, () => {
    const kind = /** @type {string} */ (kindOf(name));
    assert.ok(READERS[kind](golden(name)));
  });

test('a trade keeps its story', () => {
  const { trade, timeline, zone, fill, bar_ms } = readTrade(golden('trade.json'));
  assert.deepEqual([trade.mode, trade.tradeNumber, trade.late], ['paper', 7, true]);
  assert.deepEqual(
    timeline.map(({ event }) => event),
    ['signal', 'gap', 'entered', 'exited'],
  );
  assert.equal(zone?.direction, 'bull');
  assert.equal(fill.entry_minute, trade.entryTime + bar_ms - 60_000);
});

test('what is not known of a trade of the earlier bot is null', () => {
  const { trade, timeline, zone, stop } = readTrade(golden('trade_imported.json'));
  assert.deepEqual([trade.size, trade.r, zone, stop], [null, null, null, null]);
  assert.deepEqual(timeline, []);
});

test('an open position keeps where the price is on its way', () => {
  const { orders } = readOrders(golden('orders.json'));
  assert.equal(orders.length, 1);
  assert.ok(orders[0].way !== null && orders[0].way < 0 && orders[0].way > -1);
});

test('a figure without enough cases stays null', () => {
  const { figures } = readStatistics(golden('statistics_imported.json'));
  assert.deepEqual([figures.sqn.value, figures.sqn.n], [null, 3]);
  assert.equal(figures.trades.value, 3);
});

test('a prediction keeps what it is told with', () => {
  const { prediction } = readPrediction(golden('prediction.json'));
  assert.deepEqual([prediction?.closes, prediction?.insisted, prediction?.live.right], [1_746_368_400_000, false, 18]);
  assert.equal(prediction?.track_record.n, 2475);
});

test('the status keeps what the page shows', () => {
  const status = readStatus(golden('status.json'));
  assert.equal(status.origin, 'simulated');
  assert.equal(status.last_candle?.close, 97034.3);
  assert.deepEqual(
    status.exchanges.map(({ exchange, connected }) => [exchange, connected]),
    [
      ['binance', true],
      ['okx', false],
    ],
  );
});

test('more fields may come', () => {
  assert.ok(readRefusal({ ...golden('refusal.json'), more: 1 }));
});

/** @type {[string, (body: any) => unknown, RegExp][]} */
const WRONG = [
  ['a column that is gone', (body) => delete body.candles.vBuy, /candles\.candles\.vBuy should be a list, not nothing/],
  ['a text for a number', (body) => (body.candles.open[1] = '97000'), /candles\.open\[1\] should be a number/],
  ['a null price', (body) => (body.candles.close[0] = null), /candles\.close\[0\] should be a number, not null/],
  ['an instant with a fraction', (body) => (body.candles.timestamp[0] += 0.5), /timestamp\[0\] should be a whole/],
  ['columns of two lengths', (body) => body.candles.low.pop(), /columns of one length/],
  ['no snapshot', (body) => (body.snapshot = null), /candles\.snapshot should be an object/],
];
for (const [what, spoil, says] of WRONG)
  test(`${what} is refused with its place`, () => {
    const body = golden('candles_5m.json');
    spoil(body);
    assert.throws(() => readCandles(body), { name: BadAnswer.prototype.name, message: says });
  });
