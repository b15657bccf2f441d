/**
 * The period that figures and tables are of: all, the last month, week or day before the newest minute, or whole UTC
 * days from one date to another. Pure.
 */

import * as format from '../format.js';

/** @typedef {import('../state/state.js').Period} Period */
/** @typedef {'all' | '1M' | '1W' | '1D'} Preset */

const MINUTE = 60_000;
const DAY = 86_400_000;

/** @type {Record<Exclude<Preset, 'all'>, number>} days */
const LENGTHS = { '1M': 30, '1W': 7, '1D': 1 };

/** @type {readonly Preset[]} */
export const PRESETS = ['all', '1M', '1W', '1D'];

/** @type {Record<Preset, string>} */
export const PRESET_WORDS = {
  all: 'All of the account',
  '1M': 'The last 30 days',
  '1W': 'The last 7 days',
  '1D': 'The last 24 hours',
};

/**
 * @param {Preset} preset
 * @param {number | null | undefined} newest open of the newest stored minute, ms
 * @returns {Period | null} null is all
 */
export function periodOf(preset, newest) {
  if (preset === 'all' || newest == null) return null;
  const to = newest + MINUTE;
  return { from: to - LENGTHS[preset] * DAY, to };
}

/**
 * Which preset a period is, seen from the newest minute; null when it was chosen by dates.
 * @param {Period | null} period
 * @param {number | null | undefined} newest
 * @returns {Preset | null}
 */
export function presetOf(period, newest) {
  if (period === null) return 'all';
  if (newest == null) return null;
  return (
    PRESETS.find((preset) => {
      const known = periodOf(preset, newest);
      return known !== null && known.from === period.from && known.to === period.to;
    }) ?? null
  );
}

/**
 * Dates as an input of type date has them, both days whole and UTC.
 * @param {string} from `2025-03-01`
 * @param {string} to the last day
 * @returns {Period | string} or what is wrong
 */
export function periodOfDates(from, to) {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  if (Number.isNaN(first)) return 'from which day?';
  if (Number.isNaN(last)) return 'to which day?';
  if (first > last) return 'the first day comes after the last';
  return { from: first, to: last + DAY };
}

/**
 * The dates a period touches.
 * @param {Period} period
 */
export const datesOf = ({ from, to }) => ({ from: dateOf(from), to: dateOf(to - 1) });

/** @param {number} ms */
const dateOf = (ms) => new Date(ms).toISOString().slice(0, 10);

/**
 * A period in words; years are said when they are not all this one.
 * @param {Period} period
 * @param {number} now ms
 */
export function sayPeriod({ from, to }, now) {
  if (format.formatYear(from) === format.formatYear(now) && format.formatYear(to) === format.formatYear(now))
    return `${format.formatStretch(from, to)} ${format.zoneName(to)}`;
  return `${said(from)} to ${said(to)} ${format.zoneName(to)}`;
}

/** @param {number} ms */
const said = (ms) => `${format.formatDay(ms)} ${format.formatYear(ms)} ${format.formatTime(ms)}`;
