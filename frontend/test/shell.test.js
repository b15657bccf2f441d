import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setZone } from '../src/format.js';
import { daysRange, monthRange, periodWords, readMoment, writeDay, writeMoment } from '../src/shell/calendar.js';
import { barWords, forecastWords, sourceWords } from '../src/shell/forecast.js';
import { happenings } from '../src/shell/happenings.js';
import { judge } from '../src/shell/lasthour.js';

process.env.TZ = 'America/New_York';

const iso = (/** @type {number} */ ms) => new Date(ms).toISOString();

test('March 2025 is 31 days of UTC', () => {
  const { from, to } = monthRange(2025, 2, 'utc');
  assert.deepEqual([iso(from), iso(to)], ['2025-03-01T00:00:00.000Z', '2025-04-01T00:00:00.000Z']);
  assert.equal((to - from) / 86_400_000, 31);
});

test('March 2025 in New York loses an hour: the clock leaps on the 9th', () => {
  const { from, to } = monthRange(2025, 2, 'local');
  assert.deepEqual([iso(from), iso(to)], ['2025-03-01T05:00:00.000Z', '2025-04-01T04:00:00.000Z']);
  assert.equal((to - from) / 3_600_000, 31 * 24 - 1);
});

test('the month after December is January of the next year', () => {
  assert.equal(iso(monthRange(2024, 11, 'utc').to), '2025-01-01T00:00:00.000Z');
});

test('from a day to a day, both are within', () => {
  const range = daysRange('2025-05-02', '2025-05-04', 'utc');
  assert.ok(range);
  assert.deepEqual([iso(range.from), iso(range.to)], ['2025-05-02T00:00:00.000Z', '2025-05-05T00:00:00.000Z']);
});

for (const [first, last] of [
  ['2025-05-04', '2025-05-02'],
  ['', '2025-05-02'],
  ['2025-05-02', ''],
  ['2. Mai', '3. Mai'],
])
  test(`"${first}" to "${last}" is no period`, () => {
    assert.equal(daysRange(first, last, 'utc'), null);
  });

test('a moment of a field is that of the zone shown', () => {
  assert.equal(iso(readMoment('2025-05-04T09:30', 'utc') ?? 0), '2025-05-04T09:30:00.000Z');
  assert.equal(iso(readMoment('2025-05-04T09:30', 'local') ?? 0), '2025-05-04T13:30:00.000Z');
  assert.equal(readMoment('', 'utc'), null);
  for (const zone of /** @type {const} */ (['utc', 'local']))
    assert.equal(writeMoment(readMoment('2025-05-04T09:30', zone) ?? 0, zone), '2025-05-04T09:30');
  assert.equal(writeDay(Date.UTC(2025, 4, 4, 2), 'local'), '2025-05-03');
});

/** @type {[string, string, string][]} */
const PERIODS = [
  ['2025-03-01T00:00', '2025-04-01T00:00', 'March 2025'],
  ['2025-05-04T00:00', '2025-05-05T00:00', '4 May 2025'],
  ['2025-05-02T00:00', '2025-05-05T00:00', '2 May to 4 May 2025'],
  ['2024-12-30T00:00', '2025-01-02T00:00', '30 Dec 2024 to 1 Jan 2025'],
  ['2025-05-02T03:07', '2025-05-03T03:07', '2 May 03:07 to 3 May 2025 03:07'],
];
for (const [from, to, words] of PERIODS)
  test(`${from} to ${to} is said "${words}"`, () => {
    const period = { from: readMoment(from, 'utc') ?? 0, to: readMoment(to, 'utc') ?? 0 };
    assert.equal(periodWords(period, 'utc'), words);
  });

/** @param {import('../src/shell/happenings.js').Seen['pair_details'][number]['order']} order */
const details = (order, name = 'BTC/USDT') => [
  { name, base: 'BTC', quote: 'USDT', followed: true, last_candle: null, order, trades: {} },
];

/** @type {import('../src/shell/happenings.js').Seen} */
const FLAT = {
  origin: 'exchanges',
  pairs: ['BTC/USDT'],
  pair_details: details(null),
  trades: [
    { pair: 'BTC/USDT', mode: 'backtest', count: 20 },
    { pair: 'BTC/USDT', mode: 'paper', count: 3 },
  ],
  exchanges: ['binance', 'okx'].map((exchange) => ({
    exchange,
    mark: exchange.slice(0, 1).toUpperCase(),
    connected: true,
    last_trade: 1,
    reconnects: 0,
    gaps: 0,
    rejects: 0,
    updated: 1,
  })),
};
const ORDER = { entryType: 'Long', entryPrice: 97_012.5, entryTime: 1000, stopLoss: 96_500, takeProfit: 97_800 };

test('nothing happened while nothing changed, and what lies there at first has not happened', () => {
  assert.deepEqual(
    happenings({ ...FLAT, pair_details: details(ORDER) }, { ...FLAT, pair_details: details({ ...ORDER }) }),
    [],
  );
});

test('an order that appears is an entry', () => {
  assert.deepEqual(happenings(FLAT, { ...FLAT, pair_details: details(ORDER) }), [
    {
      kind: 'entry',
      title: 'BTC/USDT: Long at 97,012.5',
      text: 'Stop 96,500.0, target 97,800.0. On paper.',
      pair: null,
    },
  ]);
});

test('a position closed and another opened between two looks are an exit and an entry', () => {
  const trades = [{ pair: 'BTC/USDT', mode: 'paper', count: 4 }];
  const happened = happenings(
    { ...FLAT, pair_details: details(ORDER) },
    { ...FLAT, trades, pair_details: details({ ...ORDER, entryTime: 2000 }) },
  );
  assert.deepEqual(
    happened.map(({ kind, title }) => [kind, title]),
    [
      ['exit', 'BTC/USDT: position closed'],
      ['entry', 'BTC/USDT: Long at 97,012.5'],
    ],
  );
});

test('an entry of any pair is told, in its own name', () => {
  const two = (/** @type {typeof ORDER | null} */ order) => [...details(null), ...details(order, 'ETH/USDT')];
  const before = { ...FLAT, pair_details: two(null) };
  assert.deepEqual(
    happenings(before, { ...FLAT, pair_details: two({ ...ORDER, entryPrice: 3_501.03 }) }).map(({ title }) => title),
    ['ETH/USDT: Long at 3,501.03'],
  );
});

test('trades of another mode are no exits', () => {
  const trades = [...FLAT.trades.slice(1), { pair: 'BTC/USDT', mode: 'imported', count: 50 }];
  assert.deepEqual(happenings(FLAT, { ...FLAT, trades }), []);
});

test('a feed that goes is told once, with how many are left', () => {
  const exchanges = FLAT.exchanges.map((each) => ({ ...each, connected: each.exchange === 'okx' }));
  const lost = { ...FLAT, exchanges };
  assert.deepEqual(happenings(FLAT, lost), [
    { kind: 'loss', title: 'Feed lost: binance', text: '1 of 2 exchanges still connected', pair: null },
  ]);
  assert.deepEqual(happenings(lost, lost), []);
  assert.deepEqual(happenings(lost, FLAT), []);
});

test('another database has not traded in between', () => {
  assert.deepEqual(happenings(FLAT, { ...FLAT, origin: 'simulated', pair_details: details(ORDER) }), []);
});

test('the last hour is the share of complete minutes, absent ones counted', () => {
  /** @param {Record<string, number>} counts */
  const states = (counts) => Object.entries(counts).flatMap(([state, count]) => Array(count).fill(state));
  assert.deepEqual(judge(states({ whole: 60 })), { percent: 100, words: '60 of the last 60 minutes complete' });
  assert.deepEqual(judge(states({ whole: 40, healed: 8, lacking: 6 })), {
    percent: 80,
    words: '48 of the last 60 minutes complete, 8 of them fetched afterwards, 6 with an exchange missing, 6 not stored',
  });
  assert.equal(judge(states({ unknown: 60 })).percent, null);
  assert.equal(judge([]).percent, null);
});

/** @type {import('../src/shell/forecast.js').Prediction} */
const BULLISH = {
  bar: Date.UTC(2025, 4, 4, 14, 10),
  closes: Date.UTC(2025, 4, 4, 14, 15),
  timeframe: '5m',
  probability_up: 0.65,
  model: 'keras, trained to 2025-05-04 00:00 UTC',
  trained_from: Date.UTC(2025, 1, 3),
  trained_to: Date.UTC(2025, 4, 4),
  insisted: false,
  track_record: { accuracy: 55.12, margin: 2.91, n: 2475, edge: true },
  live: { n: 20, right: 12 },
};
const NO_EDGE = { accuracy: 52.04, margin: 3.1, n: 2475, edge: false };
const NOT_JUDGED = { accuracy: null, margin: null, n: 0, edge: false };

/** @type {[string, Partial<import('../src/shell/forecast.js').Prediction>, [string, string, string]][]} */
const FORECASTS = [
  [
    'its side, how sure, and how often it was right',
    {},
    ['65 % bullish', 'up', 'right 55 \u00b1 3 % of 2,475; live 12 of 20'],
  ],
  [
    'bearish below a half',
    { probability_up: 0.38 },
    ['62 % bearish', 'down', 'right 55 \u00b1 3 % of 2,475; live 12 of 20'],
  ],
  [
    'nothing of live ones before there are any',
    { live: { n: 0, right: 0 } },
    ['65 % bullish', 'up', 'right 55 \u00b1 3 % of 2,475'],
  ],
  ['no side without an edge', { track_record: NO_EDGE }, ['no edge found (52 \u00b1 3 %)', '', '']],
  ['no margin that is not known', { track_record: { ...NO_EDGE, margin: null } }, ['no edge found (52 %)', '', '']],
  ['that nobody judged it', { track_record: NOT_JUDGED }, ['no edge found (not judged yet)', '', '']],
  [
    'a side without an edge where it is insisted on, and no colour',
    { track_record: NO_EDGE, insisted: true, probability_up: 0.55 },
    ['55 % bullish, no edge found (52 \u00b1 3 %)', '', 'live 12 of 20'],
  ],
  [
    'the same as ever where an edge is insisted on',
    { insisted: true, live: { n: 1, right: 1 } },
    ['65 % bullish', 'up', 'right 55 \u00b1 3 % of 2,475; live 1 of 1'],
  ],
];
for (const [what, changed, [text, tone, record]] of FORECASTS)
  test(`a prediction says ${what}`, () => {
    assert.deepEqual(forecastWords({ ...BULLISH, ...changed }), { text: `Next candle: ${text}`, tone, record });
  });

test('a prediction says its bar, and its days where it is one of days', () => {
  setZone('utc');
  assert.equal(barWords(BULLISH), '5m bar 14:10 to 14:15');
  const day = { ...BULLISH, timeframe: '1d', bar: Date.UTC(2025, 4, 4), closes: Date.UTC(2025, 4, 5) };
  assert.equal(barWords(day), '1d bar 4 May 00:00 to 5 May 00:00');
});

test('a prediction says what it was learnt from, and that it is no advice', () => {
  setZone('utc');
  assert.equal(
    sourceWords(BULLISH),
    'Model: keras, trained to 2025-05-04 00:00 UTC. Learnt from the bars of Mon, 3 Feb 2025 to Sun, 4 May 2025. ' +
      'A probability learnt from the past, no advice',
  );
});
