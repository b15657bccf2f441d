/**
 * Figures and curves of an account, a back-test with other parameters, a prediction.
 */

import { anything, flag, list, number, orNull, record, table, text, whole } from '../reading.js';
import { snapshot } from './snapshot.js';
import { account, position, tradeColumns } from './trades.js';

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
      closes: whole,
      timeframe: text,
      probability_up: number,
      model: text,
      trained_from: whole,
      trained_to: whole,
      insisted: flag,
      track_record: record({ accuracy: orNull(number), margin: orNull(number), n: whole, edge: flag }),
      live: record({ n: whole, right: whole }),
    }),
  ),
});

/** @typedef {ReturnType<typeof equityAnswer>} Equity */
/** @typedef {Record<string, ReturnType<typeof figure>>} Figures */
/** @typedef {ReturnType<typeof statisticsAnswer>} Statistics */
/** @typedef {ReturnType<typeof groupsAnswer>} Groups */
/** @typedef {ReturnType<typeof venue>} VenueTrades */
/** @typedef {ReturnType<typeof parameter>} Parameter */
/** @typedef {ReturnType<typeof parametersAnswer>} Parameters */
/** @typedef {ReturnType<typeof testedTrade>} TestedTrade */
/** @typedef {ReturnType<typeof backtestAnswer>} Tested */

/** @param {unknown} body */
export const readEquity = (body) => equityAnswer(body, 'equity');

/** @param {unknown} body */
export const readStatistics = (body) => statisticsAnswer(body, 'statistics');

/** @param {unknown} body */
export const readParameters = (body) => parametersAnswer(body, 'parameters');

/** @param {unknown} body */
export const readBacktest = (body) => backtestAnswer(body, 'backtest');

/** @param {unknown} body */
export const readPrediction = (body) => predictionAnswer(body, 'prediction');
