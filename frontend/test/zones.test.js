import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelOf, lookOf, newestOf, withTaken } from '../src/chart/layers/zonelist.js';
import { boxesOf } from '../src/chart/primitives/boxes.js';
import { createScale } from '../src/chart/primitives/scale.js';
import { sayZone } from '../src/chart/said.js';
import { BEGAN, MINUTE, step } from './made.js';

/** @typedef {import('../src/chart/primitives/boxes.js').Zone} Zone */

/** @param {number} minute */
const at = (minute) => BEGAN + minute * MINUTE;

/** Ten minutes, 10 px each, the first in the middle of the first 10 px; a dollar is a pixel, 200 is the top. */
const scale = createScale({
  slots: Array.from({ length: 10 }, (_, minute) => at(minute)),
  span: MINUTE,
  zero: 5,
  step: 10,
  width: 100,
  y: (price) => 200 - price,
});

/** @param {Partial<Zone>} [changed] @returns {Zone} an open bullish gap from 100 to 120 */
const zone = (changed = {}) => ({
  id: 'a',
  kind: 'gap',
  start: at(2),
  end: null,
  direction: 'bull',
  top: 120,
  bottom: 100,
  ended_by: null,
  taken: false,
  ...changed,
});

test('a zone is filled with 15 % and framed solidly while open, with 5 % and dashes once ended', () => {
  assert.deepEqual(lookOf(zone()), { fill: 0.15, dash: [], width: 1, frame: 0.6 });
  assert.deepEqual(lookOf(zone({ end: at(5) })), { fill: 0.05, dash: [4, 3], width: 1, frame: 0.45 });
  assert.deepEqual(lookOf(zone({ taken: true })), { fill: 0.15, dash: [], width: 2, frame: 0.95 });
});

test('a box says what it is inside its right edge once it is 14 px high', () => {
  const [box] = boxesOf([zone()], scale);
  assert.deepEqual([box.left, box.right], [20, 100]);
  assert.deepEqual(labelOf({ ...box, top: 86 }, 90, ''), { text: 'FVG \u25b2', x: 86, y: 88 });
  assert.equal(labelOf({ ...box, top: 87 }, 90, ''), null);
  assert.equal(labelOf({ ...box, left: 60 }, 90, ''), null);
  assert.equal(labelOf({ ...box, left: 30 }, 90, '5m'), null);
  const block = { ...box, zone: zone({ kind: 'block', direction: 'bear' }) };
  assert.equal(labelOf(block, 100, '5m')?.text, 'OB \u25bc 5m');
});

test("of 10 bullish gaps in sight the newest 8 are drawn, each bearish one, and the chosen trade's", () => {
  const bulls = Array.from({ length: 10 }, (_, minute) => zone({ id: `bull ${minute}`, start: at(minute) }));
  const bears = [zone({ id: 'bear', direction: 'bear' }), zone({ id: 'block', kind: 'block' })];
  const past = zone({ id: 'past', start: at(-50), end: at(-40) });
  const drawn = newestOf([past, ...bulls, ...bears], { from: at(0), to: at(10) }).map(({ id }) => id);
  assert.deepEqual(drawn, [...[2, 3, 4, 5, 6, 7, 8, 9].map((minute) => `bull ${minute}`), 'bear', 'block']);
  bulls[0] = { ...bulls[0], chosen: true };
  assert.equal(newestOf(bulls, { from: at(0), to: at(10) }).length, 9);
});

test('a setup that waits for the price to come back shows to where, since when and until when', () => {
  const took = step('order_block', 4, { top: 120, bottom: 100 });
  const block = zone({ kind: 'block', end: at(5), ended_by: 'broken' });
  /** @param {import('../src/server/answers.js').SetupEvent[]} events @param {string} state */
  const drawn = (events, state) => withTaken([block], [{ trade: 7, state, events }], { selected: 7 })[0];

  const back = drawn([took, step('retraced', 7), step('entered', 7)], 'entered');
  assert.deepEqual(back.retracement, { price: 120, from: at(4), to: at(7), came: true });
  assert.equal(back.chosen, true);
  assert.deepEqual(boxesOf([back], scale)[0].back, { left: 40, right: 80, y: 80 });
  assert.equal(boxesOf([back], scale)[0].right, 60);
  assert.deepEqual(sayZone(back, '1m', MINUTE).lines.at(-1), ['Retracement', 'came down to 120.00 at 2 May 00:07']);

  const waits = drawn([took], 'waiting_for_retracement');
  assert.deepEqual(boxesOf([waits], scale)[0].back, { left: 40, right: 100, y: 80 });
  assert.equal(sayZone(waits, '1m', MINUTE).lines.at(-1)?.[1], 'waits for the price to come down to 120.00');

  const gone = drawn([took, step('aborted', 8, { phase: 'waiting_for_retracement' })], 'aborted');
  const said = 'never came down to 120.00, given up at 2 May 00:08';
  assert.equal(sayZone(gone, '1m', MINUTE).lines.at(-1)?.[1], said);

  assert.equal(drawn([took, step('entered', 4)], 'entered').retracement, null);
});
