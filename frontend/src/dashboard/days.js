/**
 * What each UTC day brought: the trades closed on it. Pure.
 */

const DAY = 86_400_000;

/**
 * @param {readonly { exitTime: number, profit: number, newBalance: number, late: boolean }[]} trades
 * @returns {{ day: number, trades: number, late: number, wins: number, profit: number, balance: number }[]} newest
 *   first; `day` is its start in ms, `balance` that of its last trade; late trades are in both
 */
export function byDay(trades) {
  /** @type {Map<number, ReturnType<typeof byDay>[number]>} */
  const days = new Map();
  for (const trade of [...trades].sort((one, other) => one.exitTime - other.exitTime)) {
    const day = Math.floor(trade.exitTime / DAY) * DAY;
    const row = days.get(day) ?? { day, trades: 0, late: 0, wins: 0, profit: 0, balance: 0 };
    row.trades += 1;
    row.late += Number(trade.late);
    row.wins += Number(trade.profit > 0);
    row.profit += trade.profit;
    row.balance = trade.newBalance;
    days.set(day, row);
  }
  return [...days.values()].reverse();
}
