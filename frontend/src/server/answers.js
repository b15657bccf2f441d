/**
 * The API's answers, checked at the door: what passes has the shape the rest of the page relies on, what does not is
 * refused with the place that is wrong. More fields may come; none may go or change its type.
 */

export * from './answers/candles.js';
export * from './answers/market.js';
export * from './answers/results.js';
export * from './answers/status.js';
export * from './answers/trades.js';
export { BadAnswer } from './reading.js';
