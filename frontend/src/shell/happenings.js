/**
 * What happened between one answer of the server and the next that a trader wants to be told of: an entry, an exit, a
 * feed that was lost. Pure; what lay there when the page opened has not happened.
 */

import * as format from '../format.js';

/** @typedef {import('../server/answers.js').Status} Status */
/** @typedef {Pick<Status, 'origin' | 'pairs' | 'pair_details' | 'trades' | 'exchanges'>} Seen */

/**
 * @typedef {object} Happening
 * @property {'entry' | 'exit' | 'loss'} kind
 * @property {string} title
 * @property {string} text
 * @property {string | null} pair of an exit, whose newest trade tells more
 */

/**
 * @param {Seen} before
 * @param {Seen} after
 * @returns {Happening[]} in the order of an exit, an entry and losses
 */
export function happenings(before, after) {
  if (before.origin !== after.origin || before.pairs.join() !== after.pairs.join()) return []; // another database
  return [...exits(before, after), ...entries(before, after), ...losses(before, after)];
}

/**
 * @param {Seen} before
 * @param {Seen} after
 * @returns {Happening[]}
 */
const exits = (before, after) =>
  after.trades
    .filter(({ pair, mode, count }) => mode === 'paper' && count > countOf(before, pair))
    .map(({ pair, count }) => {
      const more = count - countOf(before, pair);
      return {
        kind: 'exit',
        title: `${pair}: position closed`,
        text: more > 1 ? `${more} trades completed` : '',
        pair,
      };
    });

/**
 * @param {Seen} seen
 * @param {string} name
 */
const countOf = ({ trades }, name) => trades.find(({ pair, mode }) => mode === 'paper' && pair === name)?.count ?? 0;

/**
 * @param {Seen} before
 * @param {Seen} after
 * @returns {Happening[]}
 */
function entries(before, { pair_details: pairs }) {
  return pairs.flatMap(({ name, order }) => {
    const known = before.pair_details.find((each) => each.name === name)?.order;
    if (!order || order.entryTime === known?.entryTime) return [];
    const { entryType, entryPrice, stopLoss, takeProfit } = order;
    const [stop, target] = [stopLoss, takeProfit].map(format.formatPrice);
    const title = `${name}: ${entryType} at ${format.formatPrice(entryPrice)}`;
    return [
      { kind: /** @type {const} */ ('entry'), title, text: `Stop ${stop}, target ${target}. On paper.`, pair: null },
    ];
  });
}

/**
 * @param {Seen} before
 * @param {Seen} after
 * @returns {Happening[]}
 */
function losses(before, after) {
  const lost = after.exchanges.filter(
    ({ exchange, connected }) =>
      !connected && before.exchanges.some((each) => each.exchange === exchange && each.connected),
  );
  if (lost.length === 0) return [];
  const left = after.exchanges.filter(({ connected }) => connected).length;
  const names = lost.map(({ exchange }) => exchange).join(', ');
  return [
    {
      kind: 'loss',
      title: `Feed lost: ${names}`,
      text: left ? `${left} of ${after.exchanges.length} exchanges still connected` : 'No exchange is connected',
      pair: null,
    },
  ];
}
