/**
 * Is what was traded live what a replay of the stored candles gives? The newest verdict of `cvdbot verify` in words. Pure.
 */

import * as format from '../format.js';

/** @typedef {NonNullable<import('../server/answers.js').Status['verification']>} Verification */

/** The bot verifies once a day: a verdict older than this says little of what is stored since, ms. */
const OLD = 36 * 3_600_000;

/**
 * The badge: green when nothing differs, amber with the number of differences, grey when nobody checked, or nobody since
 * long ago.
 * @param {Verification | null} verification
 * @param {number} now ms
 * @returns {{ text: string, kind: 'same' | 'differs' | 'old' | 'unknown', title: string }}
 */
export function badgeOf(verification, now) {
  if (!verification)
    return {
      text: 'not verified yet',
      kind: 'unknown',
      title: 'Is live = replay? Nobody checked yet: the bot does it daily, `cvdbot verify` at once',
    };
  const count = verification.differences.length;
  const age = ageOf(verification, now);
  const old = isOld(verification, now);
  if (count > 0)
    return {
      text: `live \u2260 replay: ${count}`,
      kind: 'differs',
      title: `${count} ${count === 1 ? 'difference' : 'differences'}, verified ${age}`,
    };
  return {
    text: `${old ? '' : '\u2713 '}live = replay${old ? `, ${age}` : ''}`,
    kind: old ? 'old' : 'same',
    title: `No difference, verified ${age}${old ? ': what was stored since is not checked' : ''}`,
  };
}

/**
 * @param {Verification} verification
 * @param {number} now ms
 */
const isOld = ({ timestamp }, now) => now - timestamp > OLD;

/**
 * @param {Verification} verification
 * @param {number} now ms
 */
const ageOf = ({ timestamp }, now) => `${format.formatDuration(now - timestamp)} ago`;

/** @type {Record<string, string>} */
const KINDS = { candle: 'Candles', trade: 'Trades', event: 'Steps of setups' };

/**
 * @param {Verification | null} verification
 * @param {number} now ms
 * @returns {{ when: string, old: boolean, summary: string, groups: { title: string, differences: Verification['differences'] }[] }}
 */
export function tellVerdict(verification, now) {
  if (!verification)
    return {
      when: 'Not verified yet.',
      old: false,
      summary:
        'A replay runs the stored candles, as the strategy saw them, through the same code and compares every trade. ' +
        'The bot does that once a day; `cvdbot verify` does it at once.',
      groups: [],
    };
  const { from, to, timestamp, trades, differences } = verification;
  const many = trades === 1 ? '1 trade' : `${format.formatCount(trades)} trades`;
  const kinds = [...new Set(differences.map(({ kind }) => kind))];
  return {
    when: `Verified ${ageOf(verification, now)} (${format.formatInstant(timestamp)}), over ${format.formatStretch(from, to)}: ${many}.`,
    old: isOld(verification, now),
    summary: differences.length
      ? 'What is stored differs from what a replay of the stored candles gives:'
      : 'Every candle, trade and step of a setup is what a replay of the stored candles gives, bit for bit.',
    groups: kinds.map((kind) => ({
      title: KINDS[kind] ?? kind,
      differences: differences.filter((each) => each.kind === kind),
    })),
  };
}
