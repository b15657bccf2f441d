/**
 * Which state of the stored data an answer is of.
 */

import { orNull, record, text, whole } from '../reading.js';

export const snapshot = record({ id: text, published: whole, newest: orNull(whole) });
