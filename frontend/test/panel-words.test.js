import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountOf, accountsOf, othersOf } from '../src/panel/accounts.js';
import { tellFeed, tellFeeds } from '../src/panel/feeds.js';
import { badgeOf, tellVerdict } from '../src/panel/verdict.js';
import { money, positionTitle, tellSetup, tradeTitle, wayWords, whatNow } from '../src/panel/words.js';
import { BEGAN, MINUTE, setup, step, trade } from './made.js';

const HOUR = 60 * MINUTE;

test('the title of a trade is the one a trader knows', () => {
  assert.equal(tradeTitle(trade({ profit: 383.4 })), 'Trade #1, Long, Profit: $383');
  const lost = trade({ tradeNumber: 2, entryType: 'Short', profit: -412.4 });
  assert.equal(tradeTitle(lost), 'Trade #2, Short, Profit: -$412');
  assert.equal(money(0.001), '0.00');
  assert.equal(money(312), '+312.00');
});

test('what the strategy is doing now is one sentence', () => {
  const failed = setup({ waits_for: 'a bearish fair value gap; the last candidate failed: height 0.8 of 1.2' });
  assert.equal(
    whatNow(failed, BEGAN + 900 * MINUTE),
    'bearish since 14:10, waiting for a gap; the last one failed: height 0.8 of 1.2',
  );
  assert.equal(whatNow(setup({}), BEGAN + 2000 * MINUTE), 'bearish since 2 May 14:10, waiting for a gap');
  assert.equal(whatNow(undefined), 'no setup yet');
  assert.equal(
    whatNow(setup({ direction: null, state: 'waiting_for_cvd', waits_for: 'a turn of the CVD', events: [] })),
    'waiting for a turn of the CVD',
  );
});

test('prices of what is waited for are written as prices, what a candidate measured is not', () => {
  const entered = setup({
    state: 'entered',
    waits_for: 'the target 90215.14742 or the stop 90792.3361',
    events: [step('signal', 850, { direction: 'bear' }), step('entered', 855)],
  });
  assert.equal(whatNow(entered), 'short since 14:15, waiting for the target 90,215.1 or the stop 90,792.3');
  const back = setup({ waits_for: 'the price to come back into 97251.95 to 97290.449' });
  assert.equal(
    whatNow(back, BEGAN),
    'bearish since 14:10, waiting for the price to come back into 97,252.0 to 97,290.4',
  );
});

test('a setup in the list says what became of it', () => {
  const aborted = setup({
    state: 'aborted',
    events: [
      step('signal', 850, { direction: 'bear' }),
      step('aborted', 870, { reason: 'opposite signal', phase: 'waiting_for_fvg' }),
    ],
  });
  const told = tellSetup(aborted, null);
  assert.equal(told.text, 'aborted while waiting for a gap: opposite signal');
  assert.equal(told.title, 'Bearish');
  assert.deepEqual([told.from, told.to], [BEGAN + 850 * MINUTE, BEGAN + 870 * MINUTE]);
  assert.equal(
    tellSetup(setup({ state: 'exited', trade: 1 }), trade({ profit: -612, outcome: 'Stop Loss', late: true })).text,
    'trade #1, Stop Loss \u2212612.00, late',
  );
});

test('an open position says its profit, R and way', () => {
  const order = /** @type {any} */ ({ entryType: 'Short', profit: 312.4, r: 0.51 });
  assert.equal(positionTitle(order), 'Short +312 (+0.51 R)');
  assert.equal(positionTitle({ ...order, profit: null, r: null }), 'Short');
  assert.equal(wayWords(0.42), '42 % of the way to the target');
  assert.equal(wayWords(-0.18), '18 % of the way to the stop');
});

const STATUS = {
  pairs: ['BTC/USDT', 'ETH/USDT'],
  trades: [
    { pair: 'BTC/USDT', mode: 'imported', count: 3 },
    { pair: 'BTC/USDT', mode: 'backtest', count: 20 },
  ],
};

test('the accounts are those with trades and the paper account of each pair', () => {
  assert.deepEqual(
    accountsOf(STATUS).map(({ pair, mode, count }) => `${pair} ${mode} ${count}`),
    ['BTC/USDT paper 0', 'BTC/USDT backtest 20', 'BTC/USDT imported 3', 'ETH/USDT paper 0'],
  );
  assert.deepEqual(accountsOf(null), []);
});

test('the first account with trades is shown unless another is chosen', () => {
  assert.deepEqual(accountOf(STATUS, null), { pair: 'BTC/USDT', mode: 'backtest' });
  const chosen = { pair: 'ETH/USDT', mode: 'paper' };
  assert.deepEqual(accountOf(STATUS, chosen, 'ETH/USDT'), chosen);
  assert.deepEqual(
    accountOf(STATUS, chosen),
    { pair: 'BTC/USDT', mode: 'backtest' },
    'one of another pair is not meant',
  );
  assert.deepEqual(accountOf({ pairs: ['BTC/USDT'], trades: [] }, null), { pair: 'BTC/USDT', mode: 'paper' });
  assert.equal(accountOf(null, null), null);
  assert.deepEqual(
    othersOf(STATUS, { pair: 'BTC/USDT', mode: 'backtest' }).map(({ mode }) => mode),
    ['imported'],
  );
});

const VERDICT = { timestamp: BEGAN, from: BEGAN - 24 * HOUR, to: BEGAN, trades: 38, differences: [] };

test('the badge is green for a day and a half, then it says its age', () => {
  assert.deepEqual(badgeOf(VERDICT, BEGAN + 2 * HOUR), {
    text: '\u2713 live = replay',
    kind: 'same',
    title: 'No difference, verified 2 h ago',
  });
  const old = badgeOf(VERDICT, BEGAN + 37 * HOUR);
  assert.equal(old.kind, 'old');
  assert.equal(old.text, 'live = replay, 37 h ago');
  assert.match(old.title, /what was stored since is not checked/);
});

test('nobody verified: it says so', () => {
  assert.equal(badgeOf(null, BEGAN).text, 'not verified yet');
  assert.equal(tellVerdict(null, BEGAN).when, 'Not verified yet.');
});

test('differences are counted, and listed by kind', () => {
  const differences = [
    { kind: 'candle', timestamp: BEGAN, what: 'close 1.0 stored, 88511.4 computed', pair: null },
    { kind: 'trade', timestamp: BEGAN, what: 'trade 7: profit 1 stored, 2 computed', pair: 'BTC/USDT' },
    { kind: 'candle', timestamp: BEGAN, what: 'high 1.0 stored, 2.0 computed', pair: null },
  ];
  const badge = badgeOf({ ...VERDICT, differences }, BEGAN + HOUR);
  assert.equal(badge.text, 'live \u2260 replay: 3');
  assert.equal(badge.kind, 'differs');
  const told = tellVerdict({ ...VERDICT, differences }, BEGAN + HOUR);
  assert.deepEqual(
    told.groups.map(({ title, differences: { length } }) => [title, length]),
    [
      ['Candles', 2],
      ['Trades', 1],
    ],
  );
  assert.match(told.when, /^Verified 1 h ago \(Fri, 2 May 2025 00:00\), over 1 May 00:00 to 2 May 00:00: 38 trades\.$/);
});

test('a feed is up, silent or down, and says since when', () => {
  const feed = {
    exchange: 'okx',
    mark: 'O',
    connected: true,
    last_trade: BEGAN,
    reconnects: 2,
    gaps: 1,
    rejects: 0,
    updated: BEGAN + 3_000,
  };
  assert.deepEqual([tellFeed(feed).state, tellFeed(feed).since], ['up', '3 s ago']);
  assert.equal(tellFeed({ ...feed, updated: BEGAN + 90_000 }).state, 'silent');
  assert.equal(tellFeed({ ...feed, connected: false }).state, 'down');
  assert.equal(tellFeed({ ...feed, last_trade: null }).since, 'none yet');
  assert.deepEqual(tellFeed(feed).counts, [2, 1, 0]);
  assert.equal(tellFeeds([feed, { ...feed, exchange: 'bybit', connected: false }]), 'Not connected: bybit.');
  assert.equal(tellFeeds([feed]), 'Its exchange was connected.');
  assert.equal(tellFeeds([feed, feed]), 'All 2 exchanges were connected.');
});
