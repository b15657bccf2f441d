/**
 * The state of each exchange's feed in words. Pure.
 */

import * as format from '../format.js';

/** @typedef {import('../server/answers.js').Status} Status */
/** @typedef {Status['exchanges'][number]} Feed */

/** A connected feed that has been silent for longer is doubtful, ms. */
const QUIET = 60_000;

/**
 * @typedef {object} FeedLine
 * @property {string} exchange
 * @property {string} state
 * @property {'up' | 'warn' | 'down'} kind
 * @property {string} since when its last trade was, before the bot wrote this
 * @property {string} title
 * @property {[number, number, number]} counts reconnects, gaps, rejects
 */

/**
 * @param {Feed} feed
 * @returns {FeedLine}
 */
export function tellFeed({ exchange, connected, last_trade, reconnects, gaps, rejects, updated }) {
  const silent = last_trade === null ? null : Math.max(0, updated - last_trade);
  const quiet = connected && (silent === null || silent > QUIET);
  return {
    exchange,
    state: connected ? (quiet ? 'silent' : 'up') : 'down',
    kind: connected ? (quiet ? 'warn' : 'up') : 'down',
    since: silent === null ? 'none yet' : silent < 1000 ? 'now' : `${format.formatDuration(silent)} ago`,
    title:
      last_trade === null
        ? `${exchange}: no trade since the bot began`
        : `${exchange}: last trade ${format.formatInstant(last_trade)}, as the bot wrote it at ${format.formatClock(updated)}`,
    counts: [reconnects, gaps, rejects],
  };
}

/**
 * All feeds in one sentence.
 * @param {readonly Feed[]} feeds
 */
export function tellFeeds(feeds) {
  if (feeds.length === 0) return 'The bot has not told of any exchange.';
  const down = feeds.filter(({ connected }) => !connected).map(({ exchange }) => exchange);
  if (down.length === 0)
    return feeds.length === 1 ? 'Its exchange was connected.' : `All ${feeds.length} exchanges were connected.`;
  return `Not connected: ${down.join(', ')}.`;
}
