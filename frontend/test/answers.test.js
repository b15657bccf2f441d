import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BadAnswer, readCandles, readRefusal, readStatus } from '../src/answers.js';

const folder = new URL('../../tests/golden/', import.meta.url);
/** @param {string} name */
const golden = (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

const READERS = { candles: readCandles, status: readStatus, refusal: readRefusal };

for (const name of readdirSync(folder).filter((file) => /^(candles|status|refusal)/.test(file)))
  test(`the server's ${name} is understood`, () => {
    const kind = /** @type {'candles' | 'status' | 'refusal'} */ (/^[a-z]+/.exec(name)?.[0]);
    assert.ok(READERS[kind](golden(name)));
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
