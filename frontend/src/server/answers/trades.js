/**
 * Trades, their stories, open positions and setups.
 */

import { anything, flag, list, number, orNull, record, table, text, whole } from '../reading.js';
import { snapshot } from './snapshot.js';

export const account = record({ pair: text, mode: text });

export const tradeColumns = {
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

const tradeFields = {
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
};

const trade = record(tradeFields);

const listedTrade = record({ ...tradeFields, counted: flag, mfe: orNull(number), mae: orNull(number) });

const tradesAnswer = record({ snapshot, trades: list(listedTrade) });

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

export const position = {
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

/** @typedef {ReturnType<typeof trade>} Trade */
/** @typedef {ReturnType<typeof listedTrade>} ListedTrade */
/** @typedef {ReturnType<typeof tradeAnswer>} TradeStory */
/** @typedef {ReturnType<typeof setupEvent>} SetupEvent */
/** @typedef {ReturnType<typeof setup>} Setup */
/** @typedef {ReturnType<typeof setupsAnswer>} Setups */
/** @typedef {ReturnType<typeof ordersAnswer>['orders'][number]} Order */

/** @param {unknown} body */
export const readTrades = (body) => tradesAnswer(body, 'trades');

/** @param {unknown} body */
export const readTrade = (body) => tradeAnswer(body, 'trade');

/** @param {unknown} body */
export const readOrders = (body) => ordersAnswer(body, 'orders');

/** @param {unknown} body */
export const readSetups = (body) => setupsAnswer(body, 'setups');
