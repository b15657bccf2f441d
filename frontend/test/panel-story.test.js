import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellAccount, tellFacts, tellLate, tellMissing, tellTrade } from '../src/panel/story.js';
import { BEGAN, MINUTE, step, trade } from './made.js';

/** A long of five-minute bars: signal 00:00, gap and entry 00:10, target 00:40. */
const STORY = /** @type {import('../src/server/answers.js').TradeStory} */ ({
  snapshot: { id: 'x', published: 0, newest: null },
  trade: trade({
    entryTime: BEGAN + 10 * MINUTE,
    exitTime: BEGAN + 40 * MINUTE,
    exitPrice: 105.7,
    profit: 5.7,
    r: 0.57,
  }),
  timeline: [
    step('signal', 0, { direction: 'bull', cvd: 1.68 }),
    step('gap', 10, { direction: 'bull', start: BEGAN + 10 * MINUTE, top: 99, bottom: 97.5, atr: 2 }),
    step('entered', 10, { direction: 'bull', side: 'Long', atr: 2, risk_atr: 3.3333 }),
    step('exited', 40, { direction: 'bull', outcome: 'Take Profit' }),
  ],
  zone: { start: BEGAN, end: null, direction: 'bull', top: 99, bottom: 97.5 },
  stop: 90,
  target: 105.7,
  bar_ms: 5 * MINUTE,
  fill: { entry_minute: BEGAN + 14 * MINUTE, exit_minute: BEGAN + 42 * MINUTE },
});
const PARAMETERS = { fvg_sensitivity: 'high', risk: 'lowest', tpsl_method: 'dynamic', reward_to_risk: 0.57 };

/**
 * @param {import('../src/server/answers.js').TradeStory} story
 * @param {Record<string, unknown>} [parameters]
 */
const texts = (story, parameters = PARAMETERS) =>
  Object.fromEntries(tellTrade(story, parameters).map(({ kind, text }) => [kind, text]));

test('a story has its steps in order, each at its bar', () => {
  assert.deepEqual(
    tellTrade(STORY, PARAMETERS).map(({ kind, at }) => [kind, (at - BEGAN) / MINUTE]),
    [
      ['signal', 0],
      ['gap', 10],
      ['entered', 10],
      ['stop', 10],
      ['target', 10],
      ['exited', 40],
    ],
  );
});

test('each step says the values that decided it', () => {
  const told = texts(STORY);
  assert.equal(told.signal, "The CVD turned positive: +1.68 BTC at the bar's close.");
  assert.equal(told.gap, '97.50 to 99.00, 1.50 high: 1.50 \u00d7 2 (high) is above the ATR of 2.00.');
  assert.equal(told.entered, '1.00 BTC at 100.00, the close of the bar 00:10-00:15, in the minute 00:14.');
  assert.equal(told.stop, '90.00, 10.00 away: 3 (risk lowest) \u00d7 the ATR of 3.33.');
  assert.equal(told.target, "105.70, 5.70 away: 0.57 \u00d7 the stop's distance.");
  assert.equal(
    told.exited,
    'The price reached 105.70 in the bar 00:40-00:45, in the minute 00:42: +5.70 USDT, before fees.',
  );
});

test('fixed stops and targets say their percentage', () => {
  const told = texts(STORY, { tpsl_method: 'fixed', stop_loss_percent: 10, take_profit_percent: 5.7 });
  assert.equal(told.stop, '90.00, 10.00 away: 10 % of the entry.');
  assert.equal(told.target, '105.70, 5.70 away: 5.7 % of the entry.');
});

test('the outcome is said in words', () => {
  const titles = (/** @type {string} */ outcome) =>
    tellTrade({ ...STORY, trade: { ...STORY.trade, outcome } }, PARAMETERS).at(-1)?.title;
  assert.equal(titles('Take Profit'), 'Left at the target (take profit)');
  assert.equal(titles('Stop Loss'), 'Left at the stop (stop loss)');
  assert.equal(titles('Forced Close'), 'Closed by force');
});

test('facts say R, duration and fees; no fees are said to be none', () => {
  const facts = (/** @type {Partial<import('../src/server/answers.js').Trade>} */ changed) =>
    Object.fromEntries(
      tellFacts({ ...STORY, trade: { ...STORY.trade, ...changed } }).map(({ name, value }) => [name, value]),
    );
  assert.deepEqual(facts({}), { 'Profit, USDT': '+5.70', R: '+0.57 R', Duration: '30 min', Fees: 'before fees' });
  assert.equal(facts({ fees: 71.5 }).Fees, '71.50');
  assert.deepEqual(facts({ fees: null, r: null, duration: null }), {
    'Profit, USDT': '+5.70',
    R: 'not known',
    Duration: 'not known',
    Fees: 'fees not kept',
  });
});

test('a late trade says when it was decided and that nobody could have made it', () => {
  assert.equal(tellLate(STORY), null);
  const late = { ...STORY, trade: { ...STORY.trade, late: true, decided: BEGAN + 45 * MINUTE } };
  assert.match(
    tellLate(late) ?? '',
    /^Late: decided at 00:45, 30 min after its bar had closed, .*Nobody could have made/,
  );
});

test('an imported trade has entry and exit alone, and says why', () => {
  const bare = {
    ...STORY,
    trade: { ...STORY.trade, mode: 'imported', size: null },
    timeline: [],
    zone: null,
    stop: null,
    target: null,
  };
  assert.deepEqual(
    tellTrade(bare, {}).map(({ kind }) => kind),
    ['entered', 'exited'],
  );
  assert.match(tellMissing(bare) ?? '', /the earlier bot kept entry and exit/);
  assert.equal(tellMissing(STORY), null);
  assert.equal(tellAccount(STORY), null);
});
