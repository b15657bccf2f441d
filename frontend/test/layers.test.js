import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryAt, exitAt } from '../src/chart/layers/fills.js';
import { changesOf } from '../src/chart/layers/settings.js';
import { crossesOf } from '../src/chart/layers/signals.js';
import { cellsOf } from '../src/chart/layers/strip.js';
import { placeTrade, tradeShapes, tradeUnder } from '../src/chart/layers/tradeshapes.js';
import { withTaken, zonesOf } from '../src/chart/layers/zonelist.js';
import { boxAt, boxesOf } from '../src/chart/primitives/boxes.js';
import { createScale } from '../src/chart/primitives/scale.js';
import { sayBar, sayHole, sayTrade } from '../src/chart/said.js';
import { serves, stretchAround } from '../src/chart/stretch.js';

const MINUTE = 60_000;
const START = Date.UTC(2025, 4, 2, 6);
/** @param {number} minute */
const at = (minute) => START + minute * MINUTE;

/** Ten minutes, 10 px each, the first in the middle of the first 10 px; a dollar is a pixel, 200 is the top. */
const scale = createScale({
  slots: Array.from({ length: 10 }, (_, minute) => at(minute)),
  span: MINUTE,
  zero: 5,
  step: 10,
  width: 100,
  y: (price) => 200 - price,
});

/** @type {import('../src/chart/layers/fills.js').Trade} */
const trade = {
  id: 7,
  tradeNumber: 1,
  entryType: 'Long',
  entryPrice: 100,
  entryTime: at(0),
  exitPrice: 110,
  exitTime: at(5),
  profit: 383.32,
  outcome: 'Take Profit',
  stopLoss: 90,
  fees: 0,
  duration: 5 * MINUTE,
  r: 0.57,
};

test('a zone is a box from the bar it starts at to the end of the bar that ended it', () => {
  const zone = { id: 'a', kind: /** @type {const} */ ('gap'), direction: 'bull', ended_by: 'closed', taken: false };
  const [box] = boxesOf([{ ...zone, start: at(2), end: at(4), top: 120, bottom: 100 }], scale);
  assert.deepEqual([box.left, box.right, box.top, box.bottom], [20, 50, 80, 100]);
  const [open] = boxesOf([{ ...zone, start: at(-50), end: null, top: 120, bottom: 100 }], scale);
  assert.deepEqual([open.left, open.right], [-2, 100]);
  assert.equal(boxAt([open, box], 30, 90), box);
  assert.equal(boxAt([open, box], 80, 90), open);
  assert.equal(boxAt([open, box], 80, 101), null);
});

test("below the strategy's bar the entry stands at its last minute, the exit at the first that touched", () => {
  const times = [5, 6, 7, 8, 9].map(at);
  const bars = [105, 108, 111, 112, 100].map((high) => ({ high, low: high - 3 }));
  assert.equal(entryAt(trade, 5 * MINUTE, MINUTE), at(4));
  assert.equal(entryAt(trade, 5 * MINUTE, 15 * MINUTE), at(0));
  assert.deepEqual(exitAt(trade, 5 * MINUTE, { span: MINUTE, times, bars }), { time: at(7), touched: true });
  assert.deepEqual(exitAt(trade, 5 * MINUTE, { span: 5 * MINUTE, times, bars }), { time: at(5), touched: false });
  const stopped = { ...trade, outcome: 'Stop Loss', exitPrice: 98 };
  assert.deepEqual(exitAt(stopped, 5 * MINUTE, { span: MINUTE, times, bars }), { time: at(9), touched: true });
});

test('a trade is found by its marks and by the line between them', () => {
  const placed = placeTrade(trade, 5 * MINUTE, { span: 5 * MINUTE, times: [], bars: [] });
  const [shape] = tradeShapes([placed], scale);
  assert.deepEqual([shape.x0, shape.y0, shape.x1, shape.y1, shape.stop], [5, 100, 55, 90, 110]);
  assert.equal(tradeUnder([shape], 8, 104), shape);
  assert.equal(tradeUnder([shape], 30, 97), shape);
  assert.equal(tradeUnder([shape], 30, 110), null);
});

test('the first line of a trade says its number, its side and its profit', () => {
  const placed = placeTrade(trade, 5 * MINUTE, { span: MINUTE, times: [at(7)], bars: [{ high: 120, low: 90 }] });
  const said = sayTrade(placed, MINUTE);
  assert.equal(said.title, 'Trade #1, Long, Profit: $383');
  assert.deepEqual(said.lines, [
    ['Entry', '100.00 at 2 May 06:05'],
    ['', 'bar 06:00-06:05, filled at its close'],
    ['Exit', '110.00 at 2 May 06:07'],
    ['', 'first touched 06:07-06:08, in bar 06:05-06:10'],
    ['Outcome', 'Take Profit'],
    ['Duration', '5 min'],
    ['Fees', '0 (before fees)'],
    ['R', '+0.57 R'],
  ]);
  assert.equal(sayTrade({ ...placed, whatif: true }, MINUTE).title, 'What-if trade #1, Long, Profit: $383');
});

test('crosses of one direction in one shown bar are one mark that counts them', () => {
  const signals = [1, 3, 4].map((minute) => ({ timestamp: at(minute * 5), direction: minute === 3 ? 'bear' : 'bull' }));
  const bars = [{ low: 90, high: 110 }];
  const crosses = crossesOf(signals, 60 * MINUTE, [at(0)], bars);
  assert.deepEqual(
    crosses.map(({ direction, instants }) => [direction, instants]),
    [
      ['bull', [at(5), at(20)]],
      ['bear', [at(15)]],
    ],
  );
  assert.deepEqual(crossesOf(signals, MINUTE, [at(0)], bars), []);
});

test('the strip joins neighbours of one state and shows what is missing between bars', () => {
  const rows = {
    timestamp: [at(0), at(1), at(2), at(5)],
    state: ['whole', 'whole', 'lacking', 'whole'],
    missing: [[], [], ['okx'], []],
  };
  assert.deepEqual(cellsOf(rows, MINUTE, scale), [
    { left: 0, right: 20, state: 'whole' },
    { left: 20, right: 30, state: 'lacking' },
    { left: 30, right: 50, state: 'hole' },
    { left: 50, right: 60, state: 'whole' },
  ]);
  const answer = { timeframe: '1m', pair: 'BTC/USDT', snapshot: { id: '', published: 0, newest: 0 } };
  const said = sayBar({ ...answer, exchanges: ['binance', 'okx'], completeness: rows }, 2, MINUTE);
  assert.deepEqual(said.lines.slice(1), [
    ['Missing', 'okx'],
    ['Complete', 'binance'],
  ]);
});

test('a hole says since when, until when, and who was missing', () => {
  assert.deepEqual(sayHole({ from: at(0), to: at(28) }, ['binance', 'okx']).lines, [
    ['Since', '2 May 06:00'],
    ['Until', '2 May 06:28 (28 min)'],
    ['Missing', 'all: binance, okx'],
  ]);
});

test('a change of settings says what differs from the ones before, for each pair apart', () => {
  const first = { since: at(0), pair: 'BTC/USDT', version: '1', parameters: { fee_rate: 0, risk: 'low' } };
  const other = { since: at(1), pair: 'ETH/USDT', version: '1', parameters: {} };
  const next = { since: at(2), pair: 'BTC/USDT', version: '2', parameters: { fee_rate: 0.0004, risk: 'low' } };
  assert.deepEqual(changesOf([first, other, next]), [
    { since: at(2), label: 'settings', changed: ['version 1 to 2', 'fee_rate 0 to 0.0004'] },
  ]);
});

test('zones that a setup took are marked, and none of the other kind', () => {
  const gap = { start: at(0), end: at(5), direction: 'bull', top: 120, bottom: 100, ended_by: 'closed' };
  const zones = zonesOf({ gaps: [gap], order_blocks: [gap] }, { gaps: true, blocks: true }, 4 * MINUTE);
  assert.deepEqual(
    zones.map(({ kind, end }) => [kind, end]),
    [
      ['block', at(9)],
      ['gap', at(9)],
    ],
  );
  const setups = [{ events: [{ timestamp: at(0), event: 'gap', detail: { top: 120, bottom: 100 } }] }];
  assert.deepEqual(
    withTaken(zones, setups).map(({ taken }) => taken),
    [false, true],
  );
  assert.deepEqual(zonesOf({ gaps: [gap], order_blocks: [gap] }, { gaps: false, blocks: false }), []);
});

test('an answer serves while it covers the view, and at the growing end only for its copy', () => {
  const wanted = { key: 'a', version: '1', newest: at(100), from: at(60), to: at(90), span: MINUTE };
  const held = stretchAround(wanted);
  assert.deepEqual([held.from, held.to], [at(30), at(121)]);
  assert.equal(serves(held, wanted), true);
  assert.equal(serves(held, { ...wanted, version: '2' }), false);
  assert.equal(serves(held, { ...wanted, from: at(29) }), false);
  assert.equal(serves(held, { ...wanted, key: 'b' }), false);
  const past = stretchAround({ ...wanted, from: at(10), to: at(20) });
  assert.equal(serves(past, { ...wanted, version: '2', from: at(10), to: at(20) }), true);
});
