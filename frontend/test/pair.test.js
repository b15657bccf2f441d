import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountNow } from '../src/panel/accounts.js';
import { choosePair, detailsOf, forgetWithPair, newestMinute, pairOf } from '../src/state/pair.js';
import { createState } from '../src/state/state.js';

/** @param {string} name @param {number} timestamp */
const details = (name, timestamp) => ({ name, last_candle: { timestamp, open: 1, close: 1 } });

function stateOfTwo() {
  const state = createState();
  state.status.set(
    /** @type {any} */ ({
      pairs: ['BTC/USDT', 'ETH/USDT'],
      pair_details: [details('BTC/USDT', 60_000), details('ETH/USDT', 120_000)],
      trades: [
        { pair: 'BTC/USDT', mode: 'backtest', count: 2 },
        { pair: 'ETH/USDT', mode: 'paper', count: 1 },
        { pair: 'ETH/USDT', mode: 'backtest', count: 2 },
      ],
    }),
  );
  forgetWithPair(state);
  return state;
}

test('the first pair is shown until another is chosen', () => {
  const state = stateOfTwo();
  assert.deepEqual([pairOf(state), newestMinute(state)], ['BTC/USDT', 60_000]);
  choosePair(state, 'ETH/USDT');
  assert.deepEqual([pairOf(state), newestMinute(state), detailsOf(state)?.name], ['ETH/USDT', 120_000, 'ETH/USDT']);
});

test('choosing the pair that is shown changes nothing', () => {
  const state = stateOfTwo();
  state.selected.set(7);
  choosePair(state, 'BTC/USDT');
  assert.deepEqual([state.pair.get(), state.selected.get()], [null, 7]);
});

test('what was of one pair is forgotten with it', () => {
  const state = stateOfTwo();
  state.selected.set(7);
  state.tried.set({ risk: 'low' });
  state.trades.set([]);
  state.order.set(/** @type {any} */ ({ pair: 'BTC/USDT' }));
  state.autoScale.set(false);
  state.held.set({ ...state.held.get(), bars: { ...state.held.get().bars, timestamp: [0] } });
  choosePair(state, 'ETH/USDT');
  assert.deepEqual(
    [state.selected, state.tried, state.trades, state.order, state.autoScale].map((each) => each.get()),
    [null, {}, null, null, true],
  );
  assert.deepEqual(state.held.get().bars.timestamp, []);
});

test('the account is of the pair, in the same mode where that was traded', () => {
  const state = stateOfTwo();
  state.account.set({ pair: 'BTC/USDT', mode: 'backtest' });
  choosePair(state, 'ETH/USDT');
  assert.deepEqual(accountNow(state), { pair: 'ETH/USDT', mode: 'backtest' });
  state.account.set({ pair: 'ETH/USDT', mode: 'paper' });
  choosePair(state, 'BTC/USDT');
  assert.deepEqual([state.account.get(), accountNow(state)], [null, { pair: 'BTC/USDT', mode: 'backtest' }]);
});
