/**
 * How alarming the age of the data is.
 */

import { MINUTE } from '../state/timeframes.js';

/**
 * @param {number} ms
 * @returns {'bad' | 'warn' | ''}
 */
export const alarm = (ms) => (ms > 10 * MINUTE ? 'bad' : ms > 3 * MINUTE ? 'warn' : '');
