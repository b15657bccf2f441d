/**
 * Candles, and what is computed of each of them.
 */

import { BadAnswer, flag, list, number, orNull, record, text, whole } from '../reading.js';
import { snapshot } from './snapshot.js';

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

const candlesAnswer = record({
  timeframe: text,
  pair: orNull(text),
  snapshot,
  newest: orNull(whole),
  forming: flag,
  candles: columns,
});

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
  forming: orNull(record({ timestamp: whole, open: number, high: number, low: number, close: number })),
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

/** @typedef {ReturnType<typeof candlesAnswer>} Candles */
/** @typedef {ReturnType<typeof columns>} Bars columns of equal length, instants in ms */
/** @typedef {ReturnType<typeof zone>} Zone */
/** @typedef {ReturnType<typeof indicatorsAnswer>} Indicators */
/** @typedef {ReturnType<typeof completenessAnswer>} Completeness */

/** @param {unknown} body */
export const readIndicators = (body) => indicatorsAnswer(body, 'indicators');

/** @param {unknown} body */
export const readCompleteness = (body) => completenessAnswer(body, 'completeness');

/** @param {unknown} body */
export function readCandles(body) {
  const answer = candlesAnswer(body, 'candles');
  const lengths = new Set(Object.values(answer.candles).map((column) => column.length));
  if (lengths.size !== 1) throw new BadAnswer('candles.candles should have columns of one length');
  return answer;
}
