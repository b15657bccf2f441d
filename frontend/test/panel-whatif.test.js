import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFigures, compareTrades, profitCurve, showFigure, tellDifference } from '../src/panel/compare.js';
import { drawCurves } from '../src/panel/curve.js';
import {
  afterOpen,
  groupsOf,
  idleBecause,
  limitsOf,
  readText,
  shownStretch,
  tellChanges,
  titleOf,
  withValue,
} from '../src/panel/inputs.js';
import { BEGAN, MINUTE, parameter, trade } from './made.js';

const SWING = parameter({ name: 'swing_length', minimum: 3, maximum: 45 });
const STOP = parameter({ name: 'stop_loss_percent', kind: 'number', minimum: 0, maximum: 100, exclusive: true });

test('a parameter is called in words', () => {
  assert.equal(titleOf('atr_length_risk'), 'ATR length risk');
  assert.equal(titleOf('fvg_bars'), 'FVG bars');
  assert.equal(titleOf('tpsl_method'), 'TP/SL method');
  assert.equal(titleOf('risk'), 'Risk');
});

test('parameters stand under their headings in the order they came', () => {
  const groups = groupsOf([
    parameter({ name: 'a', group: 'One' }),
    parameter({ name: 'b', group: 'Two' }),
    parameter({ name: 'c', group: 'One' }),
  ]);
  assert.deepEqual(
    groups.map(({ title, members }) => [title, members.map(({ name }) => name).join()]),
    [
      ['One', 'a,c'],
      ['Two', 'b'],
    ],
  );
});

test('what is typed is read by kind and limits', () => {
  assert.deepEqual(readText(SWING, '12'), { value: 12 });
  assert.deepEqual(readText(SWING, '2'), { problem: 'Allowed is a whole number, 3 to 45.' });
  assert.deepEqual(readText(SWING, '4.5'), { problem: 'Allowed is a whole number, 3 to 45.' });
  assert.deepEqual(readText(SWING, ''), { problem: 'Allowed is a whole number, 3 to 45.' });
  assert.deepEqual(readText(STOP, '0,4'), { value: 0.4 });
  assert.deepEqual(readText(STOP, '0'), { problem: 'Allowed is a number, above 0 and below 100.' });
  assert.deepEqual(readText(STOP, 'x'), { problem: 'Allowed is a number, above 0 and below 100.' });
  assert.deepEqual(readText(parameter({ kind: 'choice' }), 'low'), { value: 'low' });
  assert.equal(limitsOf(parameter({})), 'at least 1');
});

test("a value that is the bot's own is no change", () => {
  const current = { risk: 'normal', atr_length: 10 };
  const once = withValue({}, current, 'risk', 'low');
  assert.deepEqual(once, { risk: 'low' });
  assert.equal(tellChanges(once, current), 'Risk low (bot: normal)');
  assert.deepEqual(withValue(once, current, 'risk', 'normal'), {});
});

test('a parameter that changes nothing says why', () => {
  assert.equal(
    idleBecause('take_profit_percent', { tpsl_method: 'dynamic' }),
    'No effect while TP/SL method is dynamic.',
  );
  assert.equal(idleBecause('take_profit_percent', { tpsl_method: 'fixed' }), null);
  assert.equal(idleBecause('fee_rate', {}), null);
});

test('the stretch the chart shows is around its middle, in whole minutes', () => {
  assert.deepEqual(shownStretch({ centre: BEGAN + 20_000, bars: 24 }, '5m'), {
    from: BEGAN - 60 * MINUTE,
    to: BEGAN + 60 * MINUTE,
  });
  assert.equal(shownStretch({ centre: null, bars: 24 }, '5m'), null);
});

test('a stretch begins after the trade that was open at its begin', () => {
  const stretch = { from: BEGAN + 10 * MINUTE, to: BEGAN + 90 * MINUTE };
  assert.deepEqual(afterOpen(stretch, [trade()], 5 * MINUTE), { ...stretch, from: BEGAN + 35 * MINUTE });
  assert.deepEqual(afterOpen(stretch, [trade({ entryTime: BEGAN + 10 * MINUTE })], 5 * MINUTE), stretch);
  assert.deepEqual(afterOpen(stretch, [trade({ exitTime: BEGAN + 5 * MINUTE })], 5 * MINUTE), stretch);
});

/** @param {Partial<import('../src/server/answers.js').Trade>} changed */
const tried = (changed) =>
  /** @type {import('../src/server/answers.js').TestedTrade} */ (/** @type {unknown} */ (trade(changed)));

test('trades are the same, ended otherwise, left out or added', () => {
  const hour = (/** @type {number} */ count) => BEGAN + count * 60 * MINUTE;
  const real = [trade(), trade({ entryTime: hour(1), profit: -5 }), trade({ entryTime: hour(2), profit: 7 })];
  const other = [
    tried({}),
    tried({ entryTime: hour(1), profit: 8 }),
    tried({ entryTime: hour(3), entryType: 'Short', profit: -2 }),
  ];
  const { same, differ } = compareTrades(real, other);
  assert.equal(same, 1);
  assert.deepEqual(
    differ.map(({ kind, at, profit }) => [kind, (at - BEGAN) / MINUTE, profit]),
    [
      ['changed', 60, 13],
      ['dropped', 120, -7],
      ['added', 180, -2],
    ],
  );
  assert.deepEqual(tellDifference(differ[0]), {
    sign: '\u2260',
    title: 'Long ended otherwise',
    text: 'TP \u22125.00 \u2192 TP +8.00',
  });
  assert.equal(tellDifference(differ[1]).title, 'Long left out');
  assert.equal(tellDifference(differ[2]).title, 'Short added');
});

test('a position that has not ended is no trade left out or added', () => {
  const { differ } = compareTrades([trade()], [], { tried: trade() });
  assert.equal(differ[0].kind, 'changed');
  assert.equal(tellDifference(differ[0]).text, 'TP +10.00 \u2192 still open');
  const other = compareTrades([], [tried({})], { real: trade() });
  assert.equal(other.differ[0].kind, 'changed');
  assert.equal(tellDifference(other.differ[0]).text, 'still open \u2192 TP +10.00');
});

/** @param {number | null} value @param {string} [unit] */
const figure = (value, unit = 'USDT') => ({ value, unit, n: 3, definition: '', note: null, late: null });

test('figures stand side by side with what is better', () => {
  const rows = compareFigures(
    { total_profit: figure(100), max_drawdown: figure(50), sharpe: figure(null, '') },
    { total_profit: figure(130), max_drawdown: figure(80), sharpe: figure(1, '') },
  );
  assert.deepEqual(
    rows.map(({ name, difference, better }) => [name, difference, better]),
    [
      ['total_profit', 30, 1],
      ['max_drawdown', 30, -1],
      ['sharpe', null, 0],
    ],
  );
});

test('a figure is shown by its unit', () => {
  assert.equal(showFigure(-12.345, 'USDT', true), '\u221212.35');
  assert.equal(showFigure(62.22, '%'), '62.2 %');
  assert.equal(showFigure(8, 'trades'), '8');
  assert.equal(showFigure(34, 'min'), '34 min');
  assert.equal(showFigure(17, 'min', true), '+17 min');
  assert.equal(showFigure(null, 'USDT'), '\u2013');
});

test('two curves share a scale that has zero on it', () => {
  const points = (/** @type {number[]} */ ...values) =>
    values.map((value, index) => ({ timestamp: index * MINUTE, value }));
  const drawing = drawCurves([points(0, 10), points(0, -10)], { width: 100, height: 40 });
  assert.deepEqual(drawing, { paths: ['M0.0 20.0L100.0 0.0', 'M0.0 20.0L100.0 40.0'], zero: 20, limits: [-10, 10] });
  assert.equal(drawCurves([[], []], { width: 100, height: 40 }), null);
  assert.deepEqual(drawCurves([points(0)], { width: 100, height: 40 })?.paths, ['M0.0 20.0']);
  assert.deepEqual(profitCurve({ timestamp: [1, 2], marked: [10_010, 9_990] }, 10_000), [
    { timestamp: 1, value: 10 },
    { timestamp: 2, value: -10 },
  ]);
});
