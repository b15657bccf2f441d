import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLUMNS, CSV, fits, textOf, totalsOf, withSums } from '../src/panel/columns.js';
import { inSight, matcher, neighbour, sorted, toCsv } from '../src/panel/rows.js';
import { BEGAN, MINUTE, trade } from './made.js';

const WIN = trade({ id: 1, tradeNumber: 1, profit: 383, r: 0.57 });
const LOSS = trade({
  id: 2,
  tradeNumber: 2,
  entryType: 'Short',
  entryTime: BEGAN + 60 * MINUTE,
  profit: -612,
  r: -1,
  outcome: 'Stop Loss',
});
const LATE = trade({
  id: 3,
  tradeNumber: 3,
  entryTime: BEGAN + 120 * MINUTE,
  profit: 50,
  r: null,
  late: true,
  fees: 4,
});
const ALL = withSums([WIN, LOSS, LATE]);

/** @param {string} filter */
const found = (filter) => ALL.filter(matcher(filter, COLUMNS, textOf)).map(({ id }) => id);

test('a table is sorted by a column, and what has no value comes last both ways', () => {
  const ids = (/** @type {boolean} */ descending) => sorted(ALL, COLUMNS, { by: 'r', descending }).map(({ id }) => id);
  assert.deepEqual(ids(true), [1, 2, 3]);
  assert.deepEqual(ids(false), [2, 1, 3]);
  assert.deepEqual(
    ALL.map(({ id }) => id),
    [1, 2, 3],
  );
});

test('every word of a filter must be found', () => {
  assert.deepEqual(found(''), [1, 2, 3]);
  assert.deepEqual(found('short'), [2]);
  assert.deepEqual(found('long tp'), [1, 3]);
  assert.deepEqual(found('late'), [3]);
  assert.deepEqual(found('loss'), [2]);
  assert.deepEqual(found('#2'), [2]);
  assert.deepEqual(found('2025-05-02 win'), [1, 3]);
  assert.deepEqual(found('nothing'), []);
});

test('a comparison is with the column of that name or title', () => {
  assert.deepEqual(found('profit>100'), [1]);
  assert.deepEqual(found('profit>=50'), [1, 3]);
  assert.deepEqual(found('r<0'), [2]);
  assert.deepEqual(found('r>-2'), [1, 2], 'an unknown R compares with nothing');
  assert.deepEqual(found('profit<-600 short'), [2]);
  assert.deepEqual(found('colour>1'), [], 'no column: a word like another');
});

test('elements are made for the rows in sight and some beyond', () => {
  assert.deepEqual(inSight({ top: 0, height: 260, row: 26, count: 5000 }), { first: 0, end: 20 });
  assert.deepEqual(inSight({ top: 2600, height: 260, row: 26, count: 5000 }), { first: 90, end: 120 });
  assert.deepEqual(inSight({ top: 0, height: 260, row: 26, count: 3 }), { first: 0, end: 3 });
  assert.deepEqual(inSight({ top: 9000, height: 260, row: 26, count: 3 }), { first: 3, end: 3 });
});

test('the neighbour of a row, at the ends and from nowhere', () => {
  const step = (/** @type {number | null} */ from, /** @type {number} */ by) =>
    neighbour(ALL, ({ id }) => id, from, by)?.id;
  assert.equal(step(1, 1), 2);
  assert.equal(step(3, 1), 3);
  assert.equal(step(null, 1), 1);
  assert.equal(step(null, -1), 3);
  assert.equal(step(2, Number.NEGATIVE_INFINITY), 1);
  assert.equal(step(null, Number.NEGATIVE_INFINITY), 1);
  assert.equal(step(null, Number.POSITIVE_INFINITY), 3);
  assert.equal(
    neighbour([], ({ id }) => id, 1, 1),
    null,
  );
});

test('the CSV has the columns of the table `trades` as they are stored', () => {
  const [head, row, end] = toCsv(
    withSums([trade({ profit: -0.1, size: null, outcome: 'say "no", twice' })]),
    CSV,
  ).split('\r\n');
  assert.equal(head.split(',').slice(0, 5).join(), 'id,tradeNumber,pair,mode,entryType');
  assert.match(
    row,
    /^1,1,BTC\/USDT,paper,Long,100,1746144000000,110,1746145800000,-0\.1,"say ""no"", twice",10010,,90,/,
  );
  assert.equal(end, '');
});

test('a text that a spreadsheet would take for a formula is told as text, and numbers stay numbers', () => {
  const texts = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '=HYPERLINK("http://x","y")', 'a=1'];
  const csv = toCsv(texts, [{ name: 'text', value: (text) => text }]);
  const cells = csv.split('\r\n').slice(1, -1);
  assert.deepEqual(cells, [
    "'=1+1",
    "'+1",
    "'-1",
    "'@SUM(A1)",
    "'\t=1",
    '"\'\r=1"',
    '"\'\n=1"',
    '"\'=HYPERLINK(""http://x"",""y"")"',
    'a=1',
  ]);
  assert.equal(toCsv([-0.5], [{ name: 'profit', value: (number) => number }]), 'profit\r\n-0.5\r\n');
});

test('a side and an end narrow the list, and none of them is any', () => {
  const ids = (/** @type {string} */ side, /** @type {string} */ outcome) =>
    ALL.filter(fits({ side, outcome })).map(({ id }) => id);
  assert.deepEqual(ids('', ''), [1, 2, 3]);
  assert.deepEqual(ids('Long', ''), [1, 3]);
  assert.deepEqual(ids('', 'Stop Loss'), [2]);
  assert.deepEqual(ids('Long', 'Stop Loss'), []);
});

test('each trade has the sum of the profits up to it, a late one none and no part in it', () => {
  assert.deepEqual(
    withSums([WIN, LATE, LOSS]).map(({ cumulative }) => cumulative),
    [383, null, 383 - 612],
  );
  const [first] = withSums([WIN]);
  const shown = Object.fromEntries(COLUMNS.map((column) => [column.name, column.show(first)]));
  assert.deepEqual([shown.cumulative, shown.mfe, shown.mae], ['+383.00', '+12.00', '\u22124.00']);
  assert.deepEqual(found('mfe>11 mae<0 sum<0'), [2]);
});

test('the last lines add up what is listed, late trades apart', () => {
  const [timely, late] = totalsOf(ALL);
  assert.equal(timely.tradeNumber, '2');
  assert.equal(timely.entryTime, '50 % won');
  assert.equal(timely.profit, '\u2212229.00');
  assert.equal(timely.r, '\u22120.43');
  assert.equal(late.entryType, 'late');
  assert.equal(late.profit, '+50.00');
  assert.equal(late.fees, '4.00');
  assert.equal(late.r, '');
  assert.equal(totalsOf([WIN]).length, 1);
  assert.deepEqual([totalsOf([WIN])[0].tradeNumber, totalsOf([WIN])[0].entryType], ['1', 'trade']);
  assert.equal(totalsOf([])[0].profit, '', 'no trades have no sum');
});

test('a profit has its sign, a side its triangle', () => {
  const shown = Object.fromEntries(COLUMNS.map((column) => [column.name, column.show(withSums([LOSS])[0])]));
  assert.equal(shown.profit, '\u2212612.00');
  assert.equal(shown.entryType, '\u25be Short');
  assert.equal(shown.outcome, 'SL');
  assert.equal(shown.entryTime, '2 May 01:00');
});
