/**
 * Asking the server. A failure is one of three: the server does not answer, it refuses with a reason, or its answer
 * is not what the page understands (BadAnswer).
 */

import {
  BadAnswer,
  readBacktest,
  readCandleStatistics,
  readCandles,
  readCompleteness,
  readEquity,
  readIndicators,
  readOrders,
  readParameters,
  readPatterns,
  readPrediction,
  readRefusal,
  readSetups,
  readStatistics,
  readStatus,
  readTrade,
  readTrades,
} from './answers.js';

/** @typedef {import('../state/state.js').Account} Account */
/** @typedef {{ from?: number, to?: number }} Range half-open, ms */

/** Nobody answered. */
export class ServerLost extends Error {}

/** The server said no, and why. */
export class Refused extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {string | null} [field] the parameter that is wrong
   */
  constructor(code, message, field = null) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

const PATIENCE = 15_000;
/** Figures over years take their time; longer than the server gives a question, so that it says so itself. */
const FIGURES_PATIENCE = 30_000;
/** A back-test over years takes its time, ms. */
const LONG_PATIENCE = 120_000;

/**
 * @param {string} path
 * @param {{ headers?: Record<string, string>, signal?: AbortSignal, method?: string, body?: string, patience?: number }} [options]
 */
async function ask(path, { signal, patience: ms = PATIENCE, ...options } = {}) {
  const patience = AbortSignal.timeout(ms);
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, {
      ...options,
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ServerLost('the server does not answer', { cause: error });
  }
  if (response.ok || response.status === 304) return response;
  const body = await response.json().catch(() => null);
  try {
    const { error } = readRefusal(body);
    throw new Refused(error.code, error.message, error.field);
  } catch (error) {
    if (!(error instanceof BadAnswer)) throw error;
    throw new ServerLost(`the server answers ${response.status}`, { cause: error }); // a proxy on the way, not ours
  }
}

/**
 * The server's status, or null when the stored data is still that of `etag`.
 * @param {string | null} etag
 */
export async function getStatus(etag) {
  const response = await ask('/api/status', { headers: etag ? { 'If-None-Match': etag } : {} });
  if (response.status === 304) {
    await response.text(); // empty; unread, the browser breaks the answer off and counts it as failed
    return null;
  }
  return { status: readStatus(await response.json()), etag: response.headers.get('ETag') };
}

/**
 * Ask for JSON at a path, with what is not undefined of a query.
 * @template T
 * @param {string} path
 * @param {Record<string, string | number | undefined>} query
 * @param {(body: unknown) => T} read
 * @param {AbortSignal} [signal]
 * @param {number} [patience] ms
 */
async function get(path, query, read, signal, patience = PATIENCE) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const response = await ask(text ? `${path}?${text}` : path, { signal, patience });
  return read(await response.json());
}

/**
 * @param {Range & { timeframe: string, limit?: number, pair?: string, exchange?: string }} range
 * @param {AbortSignal} [signal]
 */
export const getCandles = (range, signal) => get('/api/candles', range, readCandles, signal);

/**
 * @param {Range & { timeframe: string, limit?: number, pair?: string }} range
 * @param {AbortSignal} [signal]
 */
export const getIndicators = (range, signal) => get('/api/indicators', range, readIndicators, signal);

/**
 * @param {Range & { timeframe: string, limit?: number, pair?: string }} range
 * @param {AbortSignal} [signal]
 */
export const getCompleteness = (range, signal) => get('/api/completeness', range, readCompleteness, signal);

/**
 * @param {Account & Range} range
 * @param {AbortSignal} [signal]
 */
export const getTrades = (range, signal) => get('/api/trades', range, readTrades, signal);

/**
 * @param {number} id
 * @param {AbortSignal} [signal]
 */
export const getTrade = (id, signal) => get(`/api/trades/${id}`, {}, readTrade, signal);

/**
 * @param {string} pair
 * @param {AbortSignal} [signal]
 */
export const getOrders = (pair, signal) => get('/api/orders', { pair }, readOrders, signal);

/**
 * @param {Account & Range & { limit?: number }} range
 * @param {AbortSignal} [signal]
 */
export const getSetups = (range, signal) => get('/api/setups', range, readSetups, signal);

/**
 * @param {Account & Range & { points?: number }} range
 * @param {AbortSignal} [signal]
 */
export const getEquity = (range, signal) => get('/api/equity', range, readEquity, signal, FIGURES_PATIENCE);

/**
 * @param {Account & Range} range
 * @param {AbortSignal} [signal]
 */
export const getStatistics = (range, signal) => get('/api/statistics', range, readStatistics, signal, FIGURES_PATIENCE);

/**
 * @param {Range & { pair?: string, timeframe?: string }} range
 * @param {AbortSignal} [signal]
 */
export const getCandleStatistics = (range, signal) =>
  get('/api/statistics/candles', range, readCandleStatistics, signal, FIGURES_PATIENCE);

/**
 * @param {{ pair?: string }} of
 * @param {AbortSignal} [signal]
 */
export const getPrediction = (of, signal) => get('/api/predictions', of, readPrediction, signal);

/**
 * @param {Account & Range & { timeframe?: string }} range
 * @param {AbortSignal} [signal]
 */
export const getPatterns = (range, signal) => get('/api/patterns', range, readPatterns, signal, FIGURES_PATIENCE);

/** @param {AbortSignal} [signal] */
export const getParameters = (signal) => get('/api/parameters', {}, readParameters, signal);

/**
 * Run the strategy over stored candles with other parameters.
 * @param {{ parameters: Record<string, unknown>, from: number | null, to: number | null, pair: string | null, points: number | null }} run
 * @param {AbortSignal} [signal]
 */
export async function runBacktest(run, signal) {
  const response = await ask('/api/backtest', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(run),
    signal,
    patience: LONG_PATIENCE,
  });
  return readBacktest(await response.json());
}
