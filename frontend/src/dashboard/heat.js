/**
 * When profits were made, by weekday and hour of the entry bar's open in the zone of the labels. Pure.
 */

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** @typedef {{ trades: number, profit: number }} Cell */

/**
 * @param {readonly { entryTime: number, profit: number }[]} trades
 * @param {'utc' | 'local'} zone
 * @returns {Cell[][]} a row a weekday, Monday first, of 24 hours
 */
export function heatOf(trades, zone) {
  const rows = WEEKDAYS.map(() => Array.from({ length: 24 }, () => ({ trades: 0, profit: 0 })));
  for (const { entryTime, profit } of trades) {
    const when = new Date(entryTime);
    const [day, hour] = zone === 'utc' ? [when.getUTCDay(), when.getUTCHours()] : [when.getDay(), when.getHours()];
    const cell = rows[(day + 6) % 7][hour];
    cell.trades += 1;
    cell.profit += profit;
  }
  return rows;
}

/**
 * How strong a cell is, 0 to 1: by the root, so that one large cell does not leave the others pale.
 * @param {readonly (readonly Cell[])[]} rows
 * @returns {(cell: Cell) => number}
 */
export function strengthOf(rows) {
  const most = Math.max(0, ...rows.flat().map(({ profit }) => Math.abs(profit)));
  return ({ profit }) => (most > 0 ? Math.sqrt(Math.abs(profit) / most) : 0);
}

/**
 * A profit in four characters: `+312`, `-1.2k`.
 * @param {number} profit
 */
export function brief(profit) {
  const size = Math.abs(profit);
  const text = size < 999.5 ? size.toFixed(0) : `${(size / 1000).toFixed(size < 9_950 ? 1 : 0)}k`;
  return text === '0' ? '0' : `${profit < 0 ? '\u2212' : '+'}${text}`;
}
