/**
 * The API's answers, checked at the door: what passes has the shape the rest of the page relies on, what does not is
 * refused with the place that is wrong. More fields may come; none may go or change its type.
 */

export class BadAnswer extends Error {}

/**
 * A check takes a value and the path to it, and gives it back typed or throws BadAnswer.
 * @template T
 * @typedef {(value: unknown, path: string) => T} Check
 */

/**
 * @param {unknown} value
 * @param {string} path
 * @param {string} expected
 * @returns {never}
 */
function refuse(value, path, expected) {
  const found = JSON.stringify(value) ?? 'nothing';
  throw new BadAnswer(`${path} should be ${expected}, not ${found.slice(0, 60)}`);
}

/** @type {Check<number>} */
const number = (value, path) => (typeof value === 'number' ? value : refuse(value, path, 'a number'));

/** @type {Check<number>} */
const whole = (value, path) =>
  Number.isSafeInteger(value) ? /** @type {number} */ (value) : refuse(value, path, 'a whole number');

/** @type {Check<string>} */
const text = (value, path) => (typeof value === 'string' ? value : refuse(value, path, 'a text'));

/** @type {Check<boolean>} */
const flag = (value, path) => (typeof value === 'boolean' ? value : refuse(value, path, 'true or false'));

/** @type {Check<unknown>} */
const anything = (value, path) => (value === undefined ? refuse(value, path, 'there') : value);

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<T | null>}
 */
const orNull = (check) => (value, path) => (value === null ? null : check(value, path));

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<T[]>}
 */
const list = (check) => (value, path) =>
  Array.isArray(value) ? value.map((item, index) => check(item, `${path}[${index}]`)) : refuse(value, path, 'a list');

/**
 * @template {Record<string, Check<any>>} S
 * @param {S} fields
 * @returns {Check<{ [K in keyof S]: ReturnType<S[K]> }>}
 */
const record = (fields) => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(value, path, 'an object');
  const source = /** @type {Record<string, unknown>} */ (value);
  return /** @type {any} */ (
    Object.fromEntries(Object.entries(fields).map(([name, check]) => [name, check(source[name], `${path}.${name}`)]))
  );
};

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<Record<string, T>>}
 */
const table = (check) => (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(value, path, 'an object');
  return Object.fromEntries(
    Object.entries(/** @type {object} */ (value)).map(([name, item]) => [name, check(item, `${path}.${name}`)]),
  );
};

const snapshot = record({ id: text, published: whole, newest: orNull(whole) });

const columns = record({
  timestamp: list(whole),
  open: list(number),
  high: list(number),
  low: list(number),
  close: list(number),
  vBuy: list(number),
  vSell: list(number),
  sources: list(orNull(whole)),
  configured: list(orNull(whole)),
});

const candlesAnswer = record({ timeframe: text, pair: orNull(text), snapshot, forming: flag, candles: columns });

const statusAnswer = record({
  version: text,
  now: whole,
  database: record({ path: text, state: text, message: orNull(text), size: orNull(whole) }),
  schema: orNull(whole),
  snapshot: orNull(snapshot),
  origin: orNull(text),
  pairs: list(text),
  last_candle: orNull(record({ timestamp: whole, open: number, close: number })),
  counts: table(whole),
  exchanges: list(
    record({
      exchange: text,
      mark: text,
      connected: flag,
      last_trade: orNull(whole),
      reconnects: whole,
      gaps: whole,
      rejects: whole,
      updated: whole,
    }),
  ),
  order: orNull(
    record({ entryType: text, entryPrice: number, entryTime: whole, stopLoss: number, takeProfit: number }),
  ),
  verification: orNull(
    record({
      timestamp: whole,
      from: whole,
      to: whole,
      trades: whole,
      differences: list(record({ kind: text, timestamp: whole, what: text })),
    }),
  ),
  configurations: list(record({ id: whole, since: whole, pair: text, parameters: table(anything), version: text })),
  trades: list(record({ pair: text, mode: text, count: whole })),
});

const account = record({ pair: text, mode: text });

const tradeColumns = {
  tradeNumber: whole,
  pair: text,
  mode: text,
  entryType: text,
  entryPrice: number,
  entryTime: whole,
  exitPrice: number,
  exitTime: whole,
  profit: number,
  outcome: text,
  newBalance: number,
};

const trade = record({
  id: whole,
  ...tradeColumns,
  size: orNull(number),
  stopLoss: orNull(number),
  takeProfit: orNull(number),
  fees: orNull(number),
  setup: orNull(whole),
  configuration: orNull(whole),
  decided: orNull(whole),
  late: flag,
  duration: orNull(number),
  r: orNull(number),
});

const tradesAnswer = record({ snapshot, trades: list(trade) });

const setupEvent = record({ timestamp: whole, event: text, price: orNull(number), detail: table(anything) });

const tradeAnswer = record({
  snapshot,
  trade,
  timeline: list(setupEvent),
  zone: orNull(record({ start: whole, end: orNull(whole), direction: text, top: number, bottom: number })),
  stop: orNull(number),
  target: orNull(number),
  bar_ms: whole,
  fill: record({ entry_minute: orNull(whole), exit_minute: orNull(whole) }),
});

const position = {
  orderNumber: whole,
  pair: text,
  entryType: text,
  entryPrice: number,
  entryTime: whole,
  size: number,
  stopLoss: number,
  takeProfit: number,
};

const ordersAnswer = record({
  snapshot,
  orders: list(
    record({
      ...position,
      configuration: whole,
      late: flag,
      price: orNull(number),
      profit: orNull(number),
      r: orNull(number),
      way: orNull(number),
    }),
  ),
});

const setup = record({
  id: whole,
  direction: orNull(text),
  state: text,
  waits_for: orNull(text),
  trade: orNull(whole),
  events: list(setupEvent),
});

const setupsAnswer = record({ pair: text, mode: text, timeframe: text, snapshot, setups: list(setup) });

const equityColumns = record({ timestamp: list(whole), balance: list(number), marked: list(number) });

const equityAnswer = record({
  snapshot,
  account,
  from: whole,
  to: whole,
  bar_ms: whole,
  bars: whole,
  initial_balance: number,
  timestamp: list(whole),
  balance: list(number),
  marked: list(number),
  drawdown: list(number),
  balance_drawdown: list(number),
  buy_and_hold: list(orNull(number)),
});

const lateFigure = orNull(record({ value: orNull(number), n: whole }));

const figure = record({
  value: orNull(number),
  unit: orNull(text),
  n: whole,
  definition: text,
  note: orNull(text),
  late: lateFigure,
});

const statistics = { account, from: whole, to: whole, conclusion: text, figures: table(figure) };

const groups = {
  group: list(anything),
  trades: list(whole),
  wins: list(orNull(whole)),
  win_rate: list(orNull(number)),
  profit: list(orNull(number)),
  average_profit: list(orNull(number)),
};

const groupsAnswer = record({ ...groups, late: orNull(record(groups)) });

const venueSums = { n: whole, profit: orNull(number), difference: orNull(number) };

const venue = record({
  exchange: text,
  ...venueSums,
  late: orNull(record(venueSums)),
  trades: record({
    tradeNumber: list(whole),
    entryPrice: list(orNull(number)),
    touched: list(orNull(text)),
    exitPrice: list(orNull(number)),
    exitTime: list(orNull(whole)),
    profit: list(orNull(number)),
    difference: list(orNull(number)),
    missing: list(orNull(whole)),
  }),
});

const statisticsAnswer = record({
  snapshot,
  ...statistics,
  weekdays: groupsAnswer,
  hours: groupsAnswer,
  venues: list(venue),
});

const measured = record({ value: orNull(number), unit: text, n: whole, definition: text });

const rhythm = {
  volume: list(orNull(number)),
  range: list(orNull(number)),
  taker_buy_share: list(orNull(number)),
  n: list(whole),
};

const candleStatisticsAnswer = record({
  timeframe: text,
  pair: orNull(text),
  snapshot,
  from: orNull(whole),
  to: orNull(whole),
  figures: table(measured),
  range: record({ edges: list(number), counts: list(whole) }),
  hours: record({ hour: list(whole), ...rhythm }),
  weekdays: record({ weekday: list(text), ...rhythm }),
  exchanges: list(
    record({ exchange: text, share: orNull(number), volume: number, delta: number, complete: number, n: whole }),
  ),
  completeness: record({ whole, healed: whole, partial: whole, missing: whole, unknown: whole }),
});

const estimate = record({ value: number, low: number, high: number });

const moves = record({
  event: text,
  direction: orNull(text),
  bars: whole,
  n: whole,
  independent: number,
  undecided: whole,
  mean_percent: orNull(estimate),
  up_percent: orNull(estimate),
});

const patternsAnswer = record({
  timeframe: text,
  pair: text,
  snapshot,
  from: whole,
  to: whole,
  parameters: table(anything),
  bars: whole,
  confidence: whole,
  gaps: record({
    horizon: whole,
    within: list(whole),
    fills: list(
      record({
        direction: text,
        n: whole,
        independent: number,
        undecided: whole,
        touched: whole,
        filled: whole,
        closed: whole,
        touched_percent: orNull(estimate),
        filled_percent: orNull(estimate),
        closed_percent: orNull(estimate),
        median_bars: orNull(number),
        within_percent: list(orNull(number)),
      }),
    ),
  }),
  after: list(moves),
  every_bar: list(moves),
  cvd_before_trades: record({
    mode: text,
    look_back: whole,
    classes: list(record({ cvd: text, n: whole, wins: whole, win_rate: orNull(estimate) })),
    unknown: whole,
    late: whole,
  }),
});

const parameter = record({
  name: text,
  default: anything,
  kind: text,
  choices: orNull(list(text)),
  minimum: orNull(number),
  maximum: orNull(number),
  exclusive: flag,
  unit: orNull(text),
  group: text,
  help: text,
});

const parametersAnswer = record({ parameters: list(parameter), current: table(table(anything)) });

const testedTrade = record({
  ...tradeColumns,
  size: number,
  stopLoss: number,
  takeProfit: number,
  fees: number,
});

const backtestAnswer = record({
  snapshot,
  parameters: table(anything),
  pair: text,
  bars: whole,
  trades: list(testedTrade),
  open: orNull(record(position)),
  statistics: record(statistics),
  equity: equityColumns,
});

const predictionAnswer = record({
  prediction: orNull(
    record({
      bar: whole,
      timeframe: text,
      probability_up: number,
      model: text,
      track_record: record({ accuracy: orNull(number), margin: orNull(number), n: whole, edge: flag }),
    }),
  ),
});

const newsEvent = record({ snapshot, changed_from: orNull(whole) });

const zone = record({
  start: whole,
  end: orNull(whole),
  direction: text,
  top: number,
  bottom: number,
  ended_by: orNull(text),
});

const indicatorsAnswer = record({
  timeframe: text,
  pair: orNull(text),
  snapshot,
  cvd: record({
    timestamp: list(whole),
    open: list(number),
    high: list(number),
    low: list(number),
    close: list(number),
  }),
  signals: list(record({ timestamp: whole, direction: text })),
  gaps: list(zone),
  order_blocks: list(zone),
});

const completenessAnswer = record({
  timeframe: text,
  pair: orNull(text),
  snapshot,
  exchanges: list(text),
  completeness: record({ timestamp: list(whole), state: list(text), missing: list(list(text)) }),
});

const logsAnswer = record({
  snapshot,
  logs: list(record({ id: whole, timestamp: whole, level: text, event: text, message: text })),
});

const errorAnswer = record({ error: record({ code: text, message: text, field: orNull(text) }) });

/** @typedef {ReturnType<typeof candlesAnswer>} Candles */
/** @typedef {ReturnType<typeof columns>} Bars columns of equal length, instants in ms */
/** @typedef {ReturnType<typeof statusAnswer>} Status */
/** @typedef {ReturnType<typeof errorAnswer>} Refusal */
/** @typedef {ReturnType<typeof trade>} Trade */
/** @typedef {ReturnType<typeof tradeAnswer>} TradeStory */
/** @typedef {ReturnType<typeof setupEvent>} SetupEvent */
/** @typedef {ReturnType<typeof setup>} Setup */
/** @typedef {ReturnType<typeof setupsAnswer>} Setups */
/** @typedef {ReturnType<typeof ordersAnswer>['orders'][number]} Order */
/** @typedef {ReturnType<typeof equityAnswer>} Equity */
/** @typedef {Record<string, ReturnType<typeof figure>>} Figures */
/** @typedef {ReturnType<typeof statisticsAnswer>} Statistics */
/** @typedef {ReturnType<typeof groupsAnswer>} Groups */
/** @typedef {ReturnType<typeof venue>} VenueTrades */
/** @typedef {ReturnType<typeof candleStatisticsAnswer>} CandleStatistics */
/** @typedef {ReturnType<typeof patternsAnswer>} Patterns */
/** @typedef {ReturnType<typeof estimate>} Estimate */
/** @typedef {ReturnType<typeof parameter>} Parameter */
/** @typedef {ReturnType<typeof parametersAnswer>} Parameters */
/** @typedef {ReturnType<typeof zone>} Zone */
/** @typedef {ReturnType<typeof indicatorsAnswer>} Indicators */
/** @typedef {ReturnType<typeof completenessAnswer>} Completeness */
/** @typedef {ReturnType<typeof testedTrade>} TestedTrade */
/** @typedef {ReturnType<typeof backtestAnswer>} Tested */

/** @param {unknown} body */
export const readStatus = (body) => statusAnswer(body, 'status');

/** @param {unknown} body */
export const readTrades = (body) => tradesAnswer(body, 'trades');

/** @param {unknown} body */
export const readTrade = (body) => tradeAnswer(body, 'trade');

/** @param {unknown} body */
export const readOrders = (body) => ordersAnswer(body, 'orders');

/** @param {unknown} body */
export const readSetups = (body) => setupsAnswer(body, 'setups');

/** @param {unknown} body */
export const readEquity = (body) => equityAnswer(body, 'equity');

/** @param {unknown} body */
export const readStatistics = (body) => statisticsAnswer(body, 'statistics');

/** @param {unknown} body */
export const readCandleStatistics = (body) => candleStatisticsAnswer(body, 'candle statistics');

/** @param {unknown} body */
export const readPatterns = (body) => patternsAnswer(body, 'patterns');

/** @param {unknown} body */
export const readParameters = (body) => parametersAnswer(body, 'parameters');

/** @param {unknown} body */
export const readBacktest = (body) => backtestAnswer(body, 'backtest');

/** @param {unknown} body */
export const readPrediction = (body) => predictionAnswer(body, 'prediction');

/** @param {unknown} body of a `snapshot` event */
export const readNews = (body) => newsEvent(body, 'news');

/** @param {unknown} body */
export const readIndicators = (body) => indicatorsAnswer(body, 'indicators');

/** @param {unknown} body */
export const readCompleteness = (body) => completenessAnswer(body, 'completeness');

/** @param {unknown} body */
export const readLogs = (body) => logsAnswer(body, 'logs');

/** @param {unknown} body */
export const readRefusal = (body) => errorAnswer(body, 'refusal');

/** @param {unknown} body */
export function readCandles(body) {
  const answer = candlesAnswer(body, 'candles');
  const lengths = new Set(Object.values(answer.candles).map((column) => column.length));
  if (lengths.size !== 1) throw new BadAnswer('candles.candles should have columns of one length');
  return answer;
}
