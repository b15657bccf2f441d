/**
 * Asking the server. A failure is one of three: the server does not answer, it refuses with a reason, or its answer
 * is not what the page understands (BadAnswer).
 */

import {
  BadAnswer,
  readBacktest,
  readCandles,
  readEquity,
  readOrders,
  readParameters,
  readRefusal,
  readSetups,
  readStatistics,
  readStatus,
  readTrade,
  readTrades,
} from './answers.js';

/** @typedef {import('./state.js').Account} Account */
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

/**
 * @param {string} path
 * @param {{ headers?: Record<string, string>, signal?: AbortSignal, method?: string, body?: string }} [options]
 */
async function ask(path, { signal, ...options } = {}) {
  const patience = AbortSignal.timeout(PATIENCE);
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
  if (response.status === 304) return null;
  return { status: readStatus(await response.json()), etag: response.headers.get('ETag') };
}

/**
 * Ask for JSON at a path, with what is not undefined of a query.
 * @template T
 * @param {string} path
 * @param {Record<string, string | number | undefined>} query
 * @param {(body: unknown) => T} read
 * @param {AbortSignal} [signal]
 */
async function get(path, query, read, signal) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const response = await ask(text ? `${path}?${text}` : path, { signal });
  return read(await response.json());
}

/**
 * @param {Range & { timeframe: string, limit?: number, pair?: string, exchange?: string }} range
 * @param {AbortSignal} [signal]
 */
export const getCandles = (range, signal) => get('/api/candles', range, readCandles, signal);

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
export const getEquity = (range, signal) => get('/api/equity', range, readEquity, signal);

/**
 * @param {Account & Range} range
 * @param {AbortSignal} [signal]
 */
export const getStatistics = (range, signal) => get('/api/statistics', range, readStatistics, signal);

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
  });
  return readBacktest(await response.json());
}
