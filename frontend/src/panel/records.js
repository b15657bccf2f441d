/**
 * Keeps what stands beside the chart what the server has: trades, open position, setups and verdict of the chosen
 * account. Asked anew with each snapshot; the trades only when their number changed, for completed trades are only
 * ever added.
 */

import { getOrders, getSetups, getTrades } from '../server/api.js';
import { LOST, resource } from '../server/resource.js';
import { accountNow } from './accounts.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Account} Account */
/** @typedef {import('../state/state.js').Period} Period */

/** Setups that are listed: the newest, or the newest of the period. */
const SETUPS = 200;

/** @param {State} state */
export function createRecords(state) {
  const trades = resource(async (/** @type {Account} */ account, signal) => (await getTrades(account, signal)).trades);
  const order = resource(async (/** @type {string} */ pair, signal) => {
    const { orders } = await getOrders(pair, signal);
    return { open: orders.find((each) => each.pair === pair) ?? null };
  });
  const setups = resource(askSetups);
  const all = [trades, order, setups];
  /** Whose setups were asked for last. */
  let whose = '';

  /** Want what the newest snapshot and the chosen account make new. */
  function refresh() {
    const status = state.status.get();
    const lost = state.lostSince.get() !== null;
    if (lost || !status?.snapshot || status.database.state !== 'ok') return;
    const account = accountNow(state);
    state.verification.set(verdictOf(status.verification, account?.pair));
    if (!account) return;
    const { pair, mode } = account;
    const { id } = status.snapshot;
    const name = `${pair} ${mode}`;
    const period = state.period.get();
    const count = status.trades.find((each) => each.pair === pair && each.mode === mode)?.count ?? 0;
    const keep = whose === name;
    whose = name;
    trades.want({ key: name, version: `${count} ${status.origin}`, question: account });
    order.want({ key: pair, version: id, question: pair });
    setups.want({
      key: `${name} ${period?.from} ${period?.to}`,
      version: id,
      question: { account, period },
      keep,
    });
  }

  /** Show the trades of the period: those closed in it, as the figures count them. */
  function choose() {
    const period = state.period.get();
    const { value } = trades.known.get();
    state.trades.set(
      value && period ? value.filter(({ exitTime }) => exitTime >= period.from && exitTime < period.to) : value,
    );
  }

  /** What could not be answered; that nobody answers is the loader's news. */
  function tell() {
    const problems = all.map(({ known }) => known.get().problem);
    state.recordsProblem.set(problems.find((problem) => problem !== null && problem !== LOST) ?? null);
  }

  const stop = [
    trades.known.listen(choose),
    order.known.listen(({ value }) => {
      if (value) state.order.set(value.open);
    }),
    setups.known.listen(({ value }) => {
      if (value) state.current.set(value.current);
      state.setups.set(value?.setups ?? null);
    }),
    ...all.map(({ known }) => /** @type {import('nanostores').ReadableAtom<unknown>} */ (known).listen(tell)),
    state.status.subscribe(refresh),
    state.account.listen(refresh),
    state.pair.listen(refresh),
    state.lostSince.listen((since) => {
      if (since === null) for (const each of all) each.again();
      refresh();
    }),
    state.period.listen(() => {
      choose();
      refresh();
    }),
  ];
  return () => {
    for (const end of stop) end();
    for (const each of all) each.dispose();
  };
}

/**
 * A verdict without what differs of other pairs.
 * @param {import('../server/answers.js').Status['verification']} verification
 * @param {string | undefined} shown
 */
const verdictOf = (verification, shown) =>
  verification && {
    ...verification,
    differences: verification.differences.filter(({ pair }) => pair === null || pair === shown),
  };

/**
 * The account's setups, and the newest of the paper account: that is what the bot does now.
 * @param {{ account: Account, period: Period | null }} question
 * @param {AbortSignal} signal
 */
async function askSetups({ account: { pair, mode }, period }, signal) {
  const [newest, answer] = await Promise.all([
    getSetups({ pair, mode: 'paper', limit: 1 }, signal),
    mode === 'imported' ? null : getSetups({ pair, mode, to: period?.to, limit: SETUPS }, signal),
  ]);
  const setups = (answer?.setups ?? []).filter(
    ({ events }) => !period || (events.at(-1)?.timestamp ?? period.to) >= period.from,
  );
  return { current: newest.setups.at(-1) ?? null, setups: { ...newest, mode, setups } };
}
