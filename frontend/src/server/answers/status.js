/**
 * The state of the server, its news, its refusals and its log.
 */

import { anything, flag, list, number, orMissing, orNull, record, table, text, whole } from '../reading.js';
import { snapshot } from './snapshot.js';

const lastCandle = record({ timestamp: whole, open: number, close: number });

const order = record({
  entryType: text,
  entryPrice: number,
  entryTime: whole,
  stopLoss: number,
  takeProfit: number,
});

const statusAnswer = record({
  version: text,
  now: whole,
  database: record({ path: text, state: text, message: orNull(text), size: orNull(whole) }),
  schema: orNull(whole),
  snapshot: orNull(snapshot),
  origin: orNull(text),
  pairs: list(text),
  pair_details: list(
    record({
      name: text,
      base: text,
      quote: text,
      followed: flag,
      last_candle: orNull(lastCandle),
      order: orNull(order),
      trades: table(whole),
    }),
  ),
  last_candle: orNull(lastCandle),
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
  order: orNull(order),
  verification: orNull(
    record({
      timestamp: whole,
      from: whole,
      to: whole,
      trades: whole,
      differences: list(record({ kind: text, timestamp: whole, what: text, pair: orMissing(text) })),
    }),
  ),
  configurations: list(record({ id: whole, since: whole, pair: text, parameters: table(anything), version: text })),
  trades: list(record({ pair: text, mode: text, count: whole })),
  sync: orMissing(record({ time: whole, ok: flag, error: orNull(text), good: orNull(whole) })),
});

const newsEvent = record({ snapshot, changed_from: orNull(whole) });
const predictedEvent = record({ prediction: orNull(text) });

const logsAnswer = record({
  snapshot,
  logs: list(record({ id: whole, timestamp: whole, level: text, event: text, message: text })),
});

const errorAnswer = record({ error: record({ code: text, message: text, field: orNull(text) }) });

/** @typedef {ReturnType<typeof statusAnswer>} Status */
/** @typedef {ReturnType<typeof errorAnswer>} Refusal */

/** @param {unknown} body */
export const readStatus = (body) => statusAnswer(body, 'status');

/** @param {unknown} body of a `snapshot` event */
export const readNews = (body) => newsEvent(body, 'news');

/** @param {unknown} body of a `prediction` event */
export const readPredicted = (body) => predictedEvent(body, 'predicted');

/** @param {unknown} body */
export const readLogs = (body) => logsAnswer(body, 'logs');

/** @param {unknown} body */
export const readRefusal = (body) => errorAnswer(body, 'refusal');
