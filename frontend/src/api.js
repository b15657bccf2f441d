/**
 * Asking the server. A failure is one of three: the server does not answer, it refuses with a reason, or its answer
 * is not what the page understands (BadAnswer).
 */

import { BadAnswer, readCandles, readRefusal, readStatus } from './answers.js';

/** Nobody answered. */
export class ServerLost extends Error {}

/** The server said no, and why. */
export class Refused extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const PATIENCE = 15_000;

/**
 * @param {string} path
 * @param {{ headers?: Record<string, string>, signal?: AbortSignal }} [options]
 */
async function get(path, { headers, signal } = {}) {
  const patience = AbortSignal.timeout(PATIENCE);
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, {
      headers,
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
    throw new Refused(error.code, error.message);
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
  const response = await get('/api/status', { headers: etag ? { 'If-None-Match': etag } : {} });
  if (response.status === 304) return null;
  return { status: readStatus(await response.json()), etag: response.headers.get('ETag') };
}

/**
 * @param {{ timeframe: string, from?: number, to?: number, limit?: number, pair?: string }} range
 * @param {AbortSignal} [signal]
 */
export async function getCandles(range, signal) {
  const query = new URLSearchParams(Object.entries(range).map(([name, value]) => [name, String(value)]));
  return readCandles(await (await get(`/api/candles?${query}`, { signal })).json());
}
