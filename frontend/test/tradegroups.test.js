import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupAt, groupShapes, groupsOf } from '../src/chart/layers/tradegroups.js';
import { placeTrade } from '../src/chart/layers/tradeshapes.js';
import { createScale } from '../src/chart/primitives/scale.js';
import { sayGroup } from '../src/chart/said.js';
import { BEGAN, MINUTE, trade } from './made.js';

const HOUR = 60 * MINUTE;
const shown = { span: HOUR, times: [], bars: [] };

/** Ten hours, 10 px each, the first in the middle of the first 10 px; a dollar is a pixel, 200 is the top. */
const scale = createScale({
  slots: Array.from({ length: 10 }, (_, hour) => BEGAN + hour * HOUR),
  span: HOUR,
  zero: 5,
  step: 10,
  width: 100,
  y: (price) => 200 - price,
});

/**
 * @param {number} tradeNumber
 * @param {number} from
 * @param {number} to
 * @param {Partial<import('../src/server/answers.js').Trade>} [changed]
 */
const traded = (tradeNumber, from, to, changed = {}) => {
  const times = { entryTime: BEGAN + from * MINUTE, exitTime: BEGAN + to * MINUTE };
  return placeTrade(trade({ id: tradeNumber, tradeNumber, ...times, ...changed }), 5 * MINUTE, shown);
};

test('two trades within an hour are one mark that says 2; one into the next hour and a lone one stand by themselves', () => {
  const first = traded(1, 0, 15);
  const second = traded(2, 20, 40, { entryPrice: 108, exitPrice: 90, profit: -18, outcome: 'Stop Loss' });
  const third = traded(3, 45, 75);
  const alone = traded(4, 120, 130);
  const { groups, grouped } = groupsOf([first, second, third, alone]);
  assert.deepEqual([...grouped], [first, second]);
  assert.equal(groups.length, 1);
  assert.deepEqual([groups[0].time, groups[0].low, groups[0].high], [BEGAN, 90, 110]);
  const [shape] = groupShapes(groups, scale);
  assert.deepEqual([shape.x, shape.top, shape.bottom, shape.label], [5, 90, 110, true]);
  assert.equal(groupAt([shape], 8, 100), shape);
  assert.equal(groupAt([shape], 10, 80), shape);
  assert.equal(groupAt([shape], 20, 100), null);
  assert.deepEqual(sayGroup(groups[0]), {
    title: '2 trades within this bar, Profit: -$8',
    tone: 'down',
    lines: [
      ['Won', '1 of 2'],
      ['Sides', '2 Long, 0 Short'],
      ['#1', 'Long, $10'],
      ['#2', 'Long, -$18'],
      ['', 'a shorter timeframe shows each'],
    ],
  });
});

test('a late trade is not counted in the profit of its group', () => {
  const { groups } = groupsOf([traded(1, 0, 15), traded(2, 20, 40, { late: true, profit: 1000 })]);
  const { title, lines } = sayGroup(groups[0]);
  assert.equal(title, '2 trades within this bar, Profit: $10');
  assert.deepEqual(lines[0], ['Won', '1 of 1']);
  assert.deepEqual(lines.at(-2), ['Late', '1 decided after the bar: not counted in the profit']);
});

test('trades of a what-if are never counted with those of the bot', () => {
  const tried = traded(1, 0, 15);
  const { groups } = groupsOf([traded(1, 0, 15), { ...tried, whatif: true }]);
  assert.deepEqual(groups, []);
});

test('of numbers that would lie over each other the newest is written', () => {
  const bars = [0, 60, 180].flatMap((minute) => [traded(1, minute, minute + 10), traded(2, minute + 20, minute + 30)]);
  const shapes = groupShapes(groupsOf(bars).groups, scale);
  assert.deepEqual(
    shapes.map(({ x, label }) => [x, label]),
    [
      [5, false],
      [15, true],
      [35, true],
    ],
  );
});
