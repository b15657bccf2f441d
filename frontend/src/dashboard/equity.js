/**
 * From an account's equity to what the chart library draws over an even time axis. Pure.
 *
 * The server leaves out rows that a screen would not show, so those that stay are not evenly apart; the library puts
 * points side by side whatever their times are. A hidden series of evenly spaced slots keeps the axis honest: each row
 * takes the slot it falls into, or the next free one, which moves it by less than a pixel. Where rows are missing for
 * longer than the thinning explains, the lines are broken: their last point before the hole is transparent.
 */

import { toSeconds } from '../chart/feed.js';

/** @typedef {import('../server/answers.js').Equity} Equity */
/** @typedef {import('../chart/feed.js').UTCTimestamp} UTCTimestamp */
/** @typedef {{ time: UTCTimestamp, value: number, color?: string } | { time: UTCTimestamp }} Point */

const MINUTE = 60_000;
/** Slots over the whole span, at most; a screen has fewer columns. */
const SLOTS = 6000;
/** Rows to ask the server for. */
export const ROWS = 3000;
/** Series that share them: of each stretch the highest and the lowest row of each stays. */
const SERIES = 4;

/** @param {Omit<Equity, 'snapshot' | 'account' | 'from' | 'to' | 'initial_balance'>} equity */
export function toEquityData(equity) {
  const times = equity.timestamp;
  const count = times.length;
  if (count === 0)
    return { slots: [], rows: [], balance: [], marked: [], hold: [], drawdown: [], balanceDrawdown: [], holes: 0 };
  const step = Math.max(equity.bar_ms, Math.ceil((times[count - 1] - times[0]) / SLOTS / MINUTE) * MINUTE);

  let slot = -1;
  const taken = times.map((time) => {
    slot = Math.max(slot + 1, Math.floor((time - times[0]) / step));
    return slot;
  });
  const slots = Array.from({ length: slot + 1 }, (_, index) => times[0] + index * step);
  /** @type {(number | null)[]} the row at each slot, or the one before it */
  const rows = new Array(slots.length).fill(null);
  taken.forEach((at, row) => {
    for (let index = at; index < (taken[row + 1] ?? slots.length); index += 1) rows[index] = row;
  });
  const furthest = furthestApart(count, equity);
  const beforeHole = times.slice(1).map((time, row) => time - times[row] > furthest);

  /**
   * @param {readonly (number | null)[]} values
   * @returns {Point[]}
   */
  const line = (values) =>
    values.map((value, row) => {
      const time = toSeconds(slots[taken[row]]);
      if (value === null) return { time };
      return { time, value, ...(beforeHole[row] ? { color: 'transparent' } : {}) };
    });

  return {
    slots,
    rows,
    holes: beforeHole.filter(Boolean).length,
    balance: line(equity.balance),
    marked: line(equity.marked),
    hold: line(equity.buy_and_hold),
    drawdown: line(equity.drawdown.map((fall) => -fall || 0)),
    balanceDrawdown: line(equity.balance_drawdown.map((fall) => -fall || 0)),
  };
}

/** @typedef {ReturnType<typeof toEquityData>} EquityData */

/**
 * How far apart rows are where none is missing, ms: one bar, or what two stretches of the thinning span.
 * @param {number} rows
 * @param {{ bars: number, bar_ms: number }} equity
 */
function furthestApart(rows, { bars, bar_ms }) {
  if (rows >= bars) return bar_ms;
  const stretches = Math.floor((Math.floor(ROWS / SERIES) - 2) / 2);
  return 2 * Math.ceil(bars / stretches) * bar_ms;
}
