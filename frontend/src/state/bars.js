/**
 * The bars the page holds: columns of equal length, sorted by open. Pure: every function gives new columns.
 */

/** @typedef {import('../server/answers.js').Bars} Bars */

/** @returns {Bars} */
export const noBars = () => ({
  timestamp: [],
  open: [],
  high: [],
  low: [],
  close: [],
  vBuy: [],
  vSell: [],
  sources: [],
  configured: [],
});

/**
 * Apply one function to every column.
 * @param {Bars} bars
 * @param {<T>(column: T[], name: keyof Bars) => T[]} change
 * @returns {Bars}
 */
function eachColumn(bars, change) {
  const names = /** @type {(keyof Bars)[]} */ (Object.keys(bars));
  return /** @type {Bars} */ (
    Object.fromEntries(names.map((name) => [name, change(/** @type {any[]} */ (bars[name]), name)]))
  );
}

/**
 * Index of the last time at or before `instant`; -1 when there is none.
 * @param {ArrayLike<number>} times sorted
 * @param {number} instant
 */
export function indexAt(times, instant) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= instant) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Put newer bars behind: they replace everything from their first open on.
 * @param {Bars} bars
 * @param {Bars} tail
 */
export function withTail(bars, tail) {
  if (tail.timestamp.length === 0) return bars;
  const kept = indexAt(bars.timestamp, tail.timestamp[0] - 1) + 1;
  return eachColumn(bars, (column, name) => column.slice(0, kept).concat(/** @type {any[]} */ (tail[name])));
}

/**
 * Put older bars in front; of those, only what lies before the first bar counts.
 * @param {Bars} bars
 * @param {Bars} older
 */
export function withOlder(bars, older) {
  const wanted = bars.timestamp.length ? indexAt(older.timestamp, bars.timestamp[0] - 1) + 1 : older.timestamp.length;
  return eachColumn(bars, (column, name) => /** @type {any[]} */ (older[name]).slice(0, wanted).concat(column));
}

/**
 * @param {Bars} bars
 * @param {number} count
 */
export const firstBars = (bars, count) => eachColumn(bars, (column) => column.slice(0, count));

/**
 * @param {Bars} bars
 * @param {number} count
 */
export const lastBars = (bars, count) => eachColumn(bars, (column) => column.slice(-count));

/**
 * Only what can be drawn: finite prices that contain each other, each open once (the last row wins), in order. The
 * chart library checks nothing in its production build and dies while painting.
 * @param {Bars} bars
 */
export function drawable(bars) {
  /** @type {Map<number, number>} */
  const rows = new Map();
  bars.timestamp.forEach((timestamp, row) => {
    const [open, high, low, close] = [bars.open[row], bars.high[row], bars.low[row], bars.close[row]];
    const sound =
      [timestamp, open, high, low, close, bars.vBuy[row], bars.vSell[row]].every(Number.isFinite) &&
      low <= Math.min(open, close) &&
      high >= Math.max(open, close);
    if (sound) rows.set(timestamp, row);
  });
  const order = [...rows.entries()].sort(([a], [b]) => a - b).map(([, row]) => row);
  if (order.length === bars.timestamp.length && order.every((row, index) => row === index)) return bars;
  return eachColumn(bars, (column) => order.map((row) => column[row]));
}
