/**
 * Days and months as instants, in the zone that is shown. Pure.
 *
 * Fields of the page write days as `2025-03-01` and moments as `2025-03-01T09:30`, as native date inputs do.
 */

/** @typedef {import('../state/state.js').Zone} Zone */
/** @typedef {import('../state/state.js').Period} Period */

/**
 * The instant a clock of that zone shows; parts beyond their range carry over, as in Date.
 * @param {Zone} zone
 * @param {number} year
 * @param {number} month 0 is January
 * @param {number} [day]
 * @param {number} [hour]
 * @param {number} [minute]
 */
const instantOf = (zone, year, month, day = 1, hour = 0, minute = 0) =>
  zone === 'utc' ? Date.UTC(year, month, day, hour, minute) : new Date(year, month, day, hour, minute).getTime();

/**
 * Year, month (0 is January), day, hour and minute on that zone's clock.
 * @param {number} ms
 * @param {Zone} zone
 */
function partsOf(ms, zone) {
  const at = new Date(ms);
  return zone === 'utc'
    ? [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes()]
    : [at.getFullYear(), at.getMonth(), at.getDate(), at.getHours(), at.getMinutes()];
}

/**
 * @param {number} ms
 * @param {Zone} zone
 */
export function monthOf(ms, zone) {
  const [year, month] = partsOf(ms, zone);
  return { year, month };
}

/**
 * @param {number} year
 * @param {number} month 0 is January
 * @param {Zone} zone
 * @returns {Period}
 */
export const monthRange = (year, month, zone) => ({
  from: instantOf(zone, year, month),
  to: instantOf(zone, year, month + 1),
});

/**
 * From the beginning of one day to the end of another.
 * @param {string} first `2025-03-01`
 * @param {string} last the same day or a later one
 * @param {Zone} zone
 * @returns {Period | null} null when it is no period
 */
export function daysRange(first, last, zone) {
  const [from, to] = [readDay(first, zone, 0), readDay(last, zone, 1)];
  return from !== null && to !== null && from < to ? { from, to } : null;
}

/**
 * @param {string} text
 * @param {Zone} zone
 * @param {number} later days
 */
function readDay(text, zone, later) {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  return year ? instantOf(zone, Number(year), Number(month) - 1, Number(day) + later) : null;
}

/**
 * @param {string} text `2025-03-01T09:30`
 * @param {Zone} zone
 */
export function readMoment(text, zone) {
  const [, year, month, day, hour, minute] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::\d\d)?$/.exec(text) ?? [];
  return year ? instantOf(zone, Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)) : null;
}

/** @param {number} number */
const two = (number) => String(number).padStart(2, '0');

/**
 * @param {number} ms
 * @param {Zone} zone
 */
export function writeDay(ms, zone) {
  const [year, month, day] = partsOf(ms, zone);
  return `${String(year).padStart(4, '0')}-${two(month + 1)}-${two(day)}`;
}

/**
 * @param {number} ms
 * @param {Zone} zone
 */
export function writeMoment(ms, zone) {
  const [, , , hour, minute] = partsOf(ms, zone);
  return `${writeDay(ms, zone)}T${two(hour)}:${two(minute)}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The months' names, in their order. */
export const MONTH_NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/**
 * A period in words: `March 2025`, `1 May 2025`, `28 Apr to 3 May 2025`, with the time of day where it begins or ends
 * within a day.
 * @param {Period} period
 * @param {Zone} zone
 */
export function periodWords({ from, to }, zone) {
  const { year, month } = monthOf(from, zone);
  const whole = monthRange(year, month, zone);
  if (from === whole.from && to === whole.to) return `${MONTH_NAMES[month]} ${year}`;
  const days = [from, to].every((ms) => writeMoment(ms, zone).endsWith('T00:00'));
  const last = days ? to - 1 : to;
  const [a, b] = [from, last].map((ms) => partsOf(ms, zone));
  /** @param {number[]} parts */
  const day = ([year, month, day]) => `${day} ${MONTHS[month]}${year === b[0] && a[0] === b[0] ? '' : ` ${year}`}`;
  /** @param {number[]} parts */
  const time = (parts) => (days ? '' : ` ${two(parts[3])}:${two(parts[4])}`);
  if (days && day(a) === day(b)) return `${day(b)} ${b[0]}`;
  const said = a[0] === b[0] ? ` ${b[0]}` : '';
  return `${day(a)}${time(a)} to ${day(b)}${said}${time(b)}`;
}
