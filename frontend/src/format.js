/**
 * Numbers, instants and ages as a trader reads them. One place formats an instant for a purpose, in the
 * reader's zone: UTC, or that of the machine. Only labels are shifted, never data, so the two nights a year when a local
 * clock jumps leave the order of bars alone.
 */

/** @type {Map<number, Intl.NumberFormat>} */
const numbers = new Map();

/**
 * @param {number} value
 * @param {number} decimals
 */
export function fixed(value, decimals) {
  let format = numbers.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    numbers.set(decimals, format);
  }
  return format.format(value).replace('-', '\u2212');
}

/**
 * Decimals that show a price to five figures or so, and dear ones to the tenth.
 * @param {number} price
 */
export function priceDecimals(price) {
  const size = Math.abs(price);
  if (size >= 10_000) return 1;
  if (size >= 10) return 2;
  if (size >= 1) return 4;
  return size > 1e-8 ? 4 - Math.floor(Math.log10(size)) : 6;
}

/** Of the pair that is shown. */
let shown = 'BTC/USDT';

/**
 * Choose the pair whose coins every unit said from now on is.
 * @param {string | undefined} pair undefined while none is known
 */
export function setPair(pair) {
  shown = pair ?? 'BTC/USDT';
}

/** The coin that sizes are in. */
export const base = () => shown.split('/')[0];

/**
 * The coin that prices and money are in.
 * @param {string | null} [pair] another than the one that is shown
 */
export const quote = (pair) => (pair ?? shown).split('/')[1] ?? '';

/**
 * An amount of the quote coin: `$1.20`, or `1.20 BTC` where that is no dollar.
 * @param {number} value
 * @param {number} decimals
 */
export function formatAmount(value, decimals) {
  const amount = fixed(Math.abs(value), decimals);
  const sign = /[1-9]/.test(amount) && value < 0 ? '-' : '';
  return /USD/.test(quote()) ? `${sign}$${amount}` : `${sign}${amount} ${quote()}`;
}

/**
 * Whole dollars as a trade's title says them: `$383`, `-$412`.
 * @param {number} value
 */
export const formatDollars = (value) => formatAmount(value, 0);

/**
 * A distance between prices, in as many decimals as they have.
 * @param {number} distance
 * @param {number} price
 */
export const formatDistance = (distance, price) => fixed(distance, priceDecimals(price));

/** @param {number} price */
export const formatPrice = (price) => fixed(price, priceDecimals(price));

/**
 * A size in the base coin: three figures or so, without a sign of its own.
 * @param {number} size
 */
export function formatSize(size) {
  const amount = Math.abs(size);
  if (amount < 0.0005) return '0';
  if (amount >= 10_000_000) return `${fixed(size / 1e6, 1)}M`;
  if (amount >= 10_000) return `${fixed(size / 1000, 1)}K`;
  if (amount >= 100) return fixed(size, 0);
  if (amount >= 10) return fixed(size, 1);
  return fixed(size, amount >= 1 ? 2 : 3);
}

/**
 * With a sign always, unless it shows as zero: colour is never the only sign.
 * @param {number} value
 * @param {(value: number) => string} format
 */
export function signed(value, format) {
  const text = format(value);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/**
 * Change from open to close.
 * @param {number} open
 * @param {number} close
 */
export const formatChange = (open, close) => {
  const percent = (100 * (close - open)) / open;
  return `${signed(Math.abs(percent) < 0.005 ? 0 : percent, (value) => fixed(value, 2))} %`;
};

/**
 * How long, in one or two words: `42 s`, `3 min`, `2 h 5 min`, `4 d`.
 * @param {number} ms
 */
export function formatDuration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes >= 1e9) return `${fixed(bytes / 1e9, 1)} GB`;
  if (bytes >= 1e6) return `${fixed(bytes / 1e6, 1)} MB`;
  return `${fixed(bytes / 1e3, 0)} kB`;
}

/** @param {number} count */
export const formatCount = (count) => fixed(count, 0);

/**
 * How many of what: `1 trade`, `1,200 trades`.
 * @param {number} count
 * @param {string} of in the singular
 */
export const counted = (count, of) => `${formatCount(count)} ${of}${count === 1 ? '' : 's'}`;

/** @type {string | undefined} undefined is the machine's own zone */
let timeZone = 'UTC';
/** @type {(() => void)[]} */
const formats = [];

/**
 * Choose the zone of every label made from now on.
 * @param {'utc' | 'local' | (string & {})} zone `utc`, `local`, or a name such as `Europe/Berlin`
 */
export function setZone(zone) {
  timeZone = zone === 'utc' ? 'UTC' : zone === 'local' ? undefined : zone;
  for (const forget of formats) forget();
}

/** @param {Intl.DateTimeFormatOptions} options */
function inZone(options) {
  /** @type {Intl.DateTimeFormat | null} */
  let format = null;
  formats.push(() => {
    format = null;
  });
  return /** @param {number} ms */ (ms) => {
    format ??= new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...options });
    return format.format(ms);
  };
}

export const formatTime = inZone({ hour: '2-digit', minute: '2-digit' });
export const formatClock = inZone({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
export const formatDay = inZone({ day: 'numeric', month: 'short' });
export const formatMonth = inZone({ month: 'short' });
export const formatYear = inZone({ year: 'numeric' });
const formatDate = inZone({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const withZone = inZone({ timeZoneName: 'short' });

/**
 * What the zone is called at an instant: `UTC`, `CEST`, `GMT-4`.
 * @param {number} ms
 */
export const zoneName = (ms) => (timeZone === 'UTC' ? 'UTC' : (withZone(ms).split(', ').at(-1) ?? ''));

/**
 * A bar's open: with its time unless the bar is a day.
 * @param {number} ms
 * @param {number} [span]
 */
export const formatInstant = (ms, span = 0) =>
  span >= 86_400_000 ? formatDate(ms) : `${formatDate(ms)} ${formatTime(ms)}`;

/**
 * A stretch of time: the day is said once.
 * @param {number} from
 * @param {number} to
 */
export const formatStretch = (from, to) =>
  formatDay(from) === formatDay(to)
    ? `${formatDay(from)} ${formatTime(from)} to ${formatTime(to)}`
    : `${formatDay(from)} ${formatTime(from)} to ${formatDay(to)} ${formatTime(to)}`;
