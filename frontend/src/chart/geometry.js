/**
 * Where instants lie among the slots, and what a change of the bars held means for what is drawn. Pure.
 */

import { indexAt } from '../state/bars.js';

/** @typedef {import('./feed.js').ChartData} ChartData */
/** @typedef {import('../state/state.js').Held} Held */
/** @typedef {import('../state/state.js').Place} Place */

/**
 * Index of the slot that contains an instant, with its fraction.
 * @param {Pick<ChartData, 'slots' | 'span'>} data
 * @param {number} instant ms
 */
export function slotAt({ slots, span }, instant) {
  const index = Math.max(0, indexAt(slots, instant));
  return index + Math.min(1, Math.max(0, (instant - (slots[index] ?? instant)) / span));
}

/**
 * Whether the bars held reach as far as a place does; bars that do not exist are not missed.
 * @param {Place} place
 * @param {Pick<Held, 'live' | 'complete'>} held
 * @param {number[]} slots
 */
export function reaches(place, { live, complete }, slots) {
  if (slots.length === 0) return false;
  if (place.at === 'newest') return live && (complete || (place.bars ?? 0) <= slots.length);
  if (place.at === 'same') return true;
  const from = place.at === 'range' ? place.from : place.instant;
  const to = place.at === 'range' ? place.to : place.instant;
  return (complete || from >= slots[0]) && (live || to <= slots[slots.length - 1]);
}

/**
 * The slots that fill the width at a place; null where the place does not say.
 * @param {Exclude<Place, { at: 'same' }>} place
 * @param {Pick<ChartData, 'slots' | 'span'>} data
 * @param {number} bars seen now
 * @param {number} margin empty slots behind the newest bar
 * @returns {{ from: number, to: number } | null}
 */
export function rangeOf(place, data, bars, margin) {
  if (place.at === 'range') return { from: slotAt(data, place.from), to: slotAt(data, place.to) };
  const width = place.bars ?? bars;
  if (place.at === 'instant') {
    const index = slotAt(data, place.instant);
    return { from: index - width / 2, to: index + width / 2 };
  }
  if (place.bars === undefined) return null;
  const last = data.slots.length - 1 + margin;
  return { from: last - width, to: last };
}

/**
 * Whether drawing the bars from the old last one on is enough: no slot before it moved, and nothing in between is
 * missing.
 * @param {ChartData} before
 * @param {ChartData} after
 * @param {Held} from
 * @param {Held} to
 */
export function onlyTheEndChanged(before, after, from, to) {
  const last = before.values.length - 1;
  return (
    last >= 0 &&
    from.timeframe === to.timeframe &&
    from.complete === to.complete &&
    after.values.length > last &&
    after.values[0].timestamp === before.values[0].timestamp &&
    after.values[last].timestamp === before.values[last].timestamp &&
    after.slots.length - before.slots.length === after.values.length - before.values.length &&
    before.values.every((value, index) => index === last || same(value, after.values[index]))
  );
}

/** What of a bar a correction can change. */
const CORRECTED = /** @type {const} */ (['open', 'high', 'low', 'close', 'buy', 'sell']);

/**
 * @param {ChartData['values'][number]} a
 * @param {ChartData['values'][number]} b
 */
const same = (a, b) => CORRECTED.every((name) => a[name] === b[name]);

/**
 * By how much the slots' indices moved.
 * @param {number[]} before
 * @param {number[]} after
 */
export function shiftOf(before, after) {
  if (before.length === 0) return 0;
  const index = indexAt(after, before[0]);
  return index >= 0 ? index : -Math.max(0, indexAt(before, after[0]));
}
