/**
 * Made answers of the API for tests: a trade that every test can check by hand, changed where it matters.
 */

/** 2 May 2025, 00:00 UTC. */
export const BEGAN = Date.UTC(2025, 4, 2);
export const MINUTE = 60_000;

/**
 * Long 1 BTC at 100, out at 110 after half an hour.
 * @param {Partial<import('../src/server/answers.js').ListedTrade>} [changed]
 * @returns {import('../src/server/answers.js').ListedTrade}
 */
export const trade = (changed = {}) => ({
  id: 1,
  tradeNumber: 1,
  pair: 'BTC/USDT',
  mode: 'paper',
  entryType: 'Long',
  entryPrice: 100,
  entryTime: BEGAN,
  exitPrice: 110,
  exitTime: BEGAN + 30 * MINUTE,
  profit: 10,
  outcome: 'Take Profit',
  newBalance: 10_010,
  size: 1,
  stopLoss: 90,
  takeProfit: 110,
  fees: 0,
  setup: 1,
  configuration: 1,
  decided: BEGAN + 5 * MINUTE + 2_500,
  late: false,
  duration: 30 * MINUTE,
  r: 1,
  counted: true,
  mfe: 12,
  mae: -4,
  ...changed,
});

/**
 * @param {string} event
 * @param {number} minute
 * @param {Record<string, unknown>} [detail]
 * @returns {import('../src/server/answers.js').SetupEvent}
 */
export const step = (event, minute, detail = {}) => ({
  timestamp: BEGAN + minute * MINUTE,
  event,
  price: 100,
  detail,
});

/**
 * @param {Partial<import('../src/server/answers.js').Setup>} changed
 * @returns {import('../src/server/answers.js').Setup}
 */
export const setup = (changed) => ({
  id: 7,
  direction: 'bear',
  state: 'waiting_for_fvg',
  waits_for: 'a bearish fair value gap',
  trade: null,
  events: [step('signal', 850, { direction: 'bear', cvd: -3 })],
  ...changed,
});

/**
 * @param {Partial<import('../src/server/answers.js').Parameter>} changed
 * @returns {import('../src/server/answers.js').Parameter}
 */
export const parameter = (changed) => ({
  name: 'atr_length',
  default: 10,
  kind: 'integer',
  choices: null,
  minimum: 1,
  maximum: null,
  exclusive: false,
  unit: 'bars',
  group: 'Entry zone',
  help: 'Bars of the average true range.',
  ...changed,
});
