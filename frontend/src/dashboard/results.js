/**
 * What the account's trades came to: equity over time, how profits are spread, long against short, other fees, by hour
 * and weekday, on one exchange alone, and every figure there is.
 */

import { make } from '../dom.js';
import * as format from '../format.js';
import { mountTable } from '../panel/table.js';
import { money } from '../panel/words.js';
import { mountBars } from './bars.js';
import { mountCells } from './cells.js';
import { byDay } from './days.js';
import { mountEquity } from './equityview.js';
import { helpOf } from './figures.js';
import { histogram } from './histogram.js';
import {
  besideVenues,
  dayRows,
  feeRows,
  figureRows,
  groupName,
  groupRows,
  sayClass,
  sayGroup,
  sideRows,
  spreadRows,
  venueColumns,
  venueRows,
} from './rows.js';
import { addNumbers, addSection } from './sections.js';

/** @typedef {import('../state/state.js').State} State */

const UTC =
  'Of the entry bar\u2019s open, UTC. Late trades are not in the bars; the table has them in rows of their own.';

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('./source.js').Source} source
 * @param {import('./tips.js').Tips} tips
 */
export function mountResults(element, state, source, tips) {
  const retry = source.retry;
  /**
   * @param {string} name
   * @param {string} title
   * @param {string} text
   * @param {string} [of]
   */
  const section = (name, title, text, of) =>
    addSection(element, tips, { name, title, of, retry, help: [{ title, text }] });
  /** @param {string} label @param {string[]} heads @returns {(place: HTMLElement) => ReturnType<typeof mountCells>} */
  const cells = (label, heads) => (place) =>
    mountCells(place, { label, tips, heads: heads.map((title) => ({ title })) });

  const equityPart = section(
    'equity',
    'Equity',
    `The account\u2019s worth over the period, in ${format.quote()}, and under it how far it lies below its highest so far. Late trades are in it: the balance is what the account really had.`,
    format.quote(),
  );
  const equity = mountEquity(equityPart.content, tips);
  const days = addNumbers(
    equityPart.content,
    'By day',
    cells('What each UTC day brought, by the exit bar\u2019s open', ['Day, UTC', 'Trades', 'Won', 'Profit', 'Balance']),
  );

  const spreadPart = section(
    'spread',
    'Profits',
    `How many trades ended with a profit in each class, ${format.quote()} net of fees; late trades left out.`,
    `trades by profit, ${format.quote()}`,
  );
  const spread = mountBars(spreadPart.content, spreadPart.reading, 190);
  const spreadNumbers = addNumbers(spreadPart.content, 'Numbers', cells('Trades by profit', ['Profit', 'Trades']));

  const sidesPart = section('sides', 'Long against short', 'Completed trades by side, late ones left out.');
  const sides = cells('Long against short', [format.quote(), 'Long', 'Short'])(sidesPart.content);

  const feesPart = section(
    'fees',
    'At other fees',
    'The same trades with the same entries and exits, if fees and slippage were this much of the notional a side. 0.055 % is a common taker fee on perpetuals, 0.1 % on spot.',
    'a side',
  );
  const fees = cells('The same trades at other fees', [
    'Fees a side',
    `Paid, ${format.quote()}`,
    `Profit, ${format.quote()}`,
  ])(feesPart.content);

  const hoursPart = section('hours', 'By hour', UTC, 'profit of trades entered in it, UTC');
  const hours = mountBars(hoursPart.content, hoursPart.reading, 170);
  const GROUP = ['Trades', 'Won', 'Profit', 'A trade'];
  const hourNumbers = addNumbers(hoursPart.content, 'Numbers', cells('Trades by hour, UTC', ['Hour', ...GROUP]));
  const weekdaysPart = section('weekdays', 'By weekday', UTC, 'UTC');
  const weekdays = mountBars(weekdaysPart.content, weekdaysPart.reading, 170);
  const weekdayNumbers = addNumbers(
    weekdaysPart.content,
    'Numbers',
    cells('Trades by weekday, UTC', ['Weekday', ...GROUP]),
  );

  const venuesPart = section(
    'venues',
    'On one exchange alone',
    'The aggregated price is nobody\u2019s market. Each trade is followed on each exchange\u2019s own candles: entered at its close of the entry bar\u2019s last minute, stop and target as far away, the first minute that reaches one ends it (the stop where it reaches both). Difference: its profit less the trade\u2019s.',
    `difference to the trades as they were, ${format.quote()}`,
  );
  const venueSums = cells('Trades on one exchange\u2019s own candles', ['Exchange', 'Trades', 'Profit', 'Difference'])(
    venuesPart.content,
  );
  const venueList = make('div', { class: 'venue-trades' });
  venuesPart.content.append(venueList);
  /** @type {ReturnType<typeof mountTable> | null} */
  let venueTable = null;
  let venueNames = '';

  const allPart = section('all', 'Every figure', 'All figures of docs/statistics.md with their definitions.');
  const all = addNumbers(
    allPart.content,
    'All figures, with what they mean',
    /** @param {HTMLElement} place */ (place) =>
      mountCells(place, {
        label: 'Every figure of the account',
        tips,
        heads: [
          { title: 'Figure' },
          { title: 'Value' },
          { title: 'n' },
          { title: 'Late' },
          { title: 'n' },
          { title: 'What it is', number: false },
        ],
      }),
  );

  function showStatistics() {
    const known = source.statistics.get();
    for (const part of [sidesPart, feesPart, hoursPart, weekdaysPart, allPart]) part.state(known);
    const { value } = known;
    venuesPart.state(
      known,
      value && value.venues.length === 0
        ? 'No exchange\u2019s own candles are stored of this account\u2019s time: each exchange for itself is known since the bot streams them.'
        : null,
    );
    if (!value) return;
    sides.show(sideRows(value.figures));
    fees.show(feeRows(value.figures));
    feesPart.say(value.figures.total_profit?.note ? `a side; as traded: ${value.figures.total_profit.note}` : 'a side');
    showGroups(hours, value.hours, 'hour');
    showGroups(weekdays, value.weekdays, 'weekday');
    hourNumbers.show(() => groupRows(value.hours));
    weekdayNumbers.show(() => groupRows(value.weekdays));
    venueSums.show(venueRows(value.venues));
    all.show(() => figureRows(value.figures));
    allPart.say(`${format.counted(Object.keys(value.figures).length, 'figure')}`);
    if (value.figures.win_rate)
      tips.explain(sidesPart.part.querySelector('.explained') ?? sidesPart.part, [
        { title: 'Long against short', text: 'Completed trades by side, late ones left out.' },
        ...['long_trades', 'short_trades']
          .filter((name) => value.figures[name])
          .map((name) => helpOf(name, value.figures[name])),
      ]);
    showBeside();
    sayEquity();
  }

  /**
   * @param {ReturnType<typeof mountBars>} bars
   * @param {import('../server/answers.js').Groups} groups
   * @param {string} by
   */
  function showGroups(bars, groups, by) {
    const names = groups.group.map((group) =>
      by === 'hour' ? String(group).padStart(2, '0') : groupName(group).slice(0, 3),
    );
    const traded = groups.group.map((_, row) => row).filter((row) => groups.trades[row] > 0);
    bars.show({
      names,
      values: groups.profit,
      colour: 'sign',
      title: format.quote(),
      format: (value) => format.fixed(value, 0),
      read: (row) => sayGroup(groups, row),
      summary: `Profit by ${by}, UTC: ${traded.map((row) => sayGroup(groups, row)).join('; ') || 'no trade'}`,
    });
  }

  function showTrades() {
    const known = source.trades.get();
    spreadPart.state(known);
    const { value } = known;
    if (!value) return;
    const timely = value.filter(({ late }) => !late);
    const classes = histogram(timely.map(({ profit }) => profit));
    spread.show({
      names: classes.edges.map((edge) => format.fixed(edge, Number.isInteger(edge) ? 0 : 2)),
      values: classes.counts.map((count) => count || null),
      signs: classes.edges.slice(0, -1).map((edge) => (edge < 0 ? -1 : 1)),
      colour: 'sign',
      title: 'trades',
      format: (count) => (Number.isInteger(count) ? String(count) : ''),
      read: (row) => `${sayClass(classes.edges, row)}: ${format.counted(classes.counts[row], 'trade')}`,
      summary: `Profits of ${format.counted(timely.length, 'trade')}: ${classes.counts
        .map((count, row) => (count ? `${format.counted(count, 'trade')} ${sayClass(classes.edges, row)}` : ''))
        .filter(Boolean)
        .join('; ')}`,
    });
    spreadPart.say(
      value.length > timely.length
        ? `trades by profit, ${format.quote()}; ${format.counted(value.length - timely.length, 'late trade')} left out`
        : `trades by profit, ${format.quote()}`,
    );
    spreadNumbers.show(() => spreadRows(classes));
    days.show(() => dayRows(byDay(value)));
    showBeside();
  }

  /** Each trade beside what it would have been on each exchange. */
  function showBeside() {
    const [trades, statistics] = [source.trades.get().value, source.statistics.get().value];
    if (!trades || !statistics) return;
    const names = statistics.venues.map(({ exchange }) => exchange).join();
    if (names !== venueNames || !venueTable) {
      venueTable?.dispose();
      venueNames = names;
      venueTable = mountTable(venueList, {
        label: 'Each trade on one exchange alone',
        columns: venueColumns(statistics.venues),
        order: { by: 'entryTime', descending: true },
        key: ({ trade }) => trade.id,
        choose: ({ trade }) => state.selected.set(trade.id),
        totals: () => [],
      });
      venueTable.mark(state.selected.get());
    }
    const rows = besideVenues(trades, statistics.venues);
    venueList.hidden = rows.length === 0;
    venueTable.show(rows);
  }

  function showEquity() {
    const known = source.equity.get();
    const { value } = known;
    equityPart.state(known, value && value.timestamp.length === 0 ? 'No bars are stored of this period.' : null);
    if (!value) return;
    equity.show(value);
    sayEquity();
  }

  /** What the balance came to; late trades are in it, unlike in the figures. */
  function sayEquity() {
    const { value } = source.equity.get();
    const last = value?.balance.at(-1);
    const late = source.statistics.get().value?.figures.trades?.late?.value;
    if (!value || last === undefined) return;
    equityPart.say(
      `${format.quote()}, ${money(last - value.initial_balance)} over ${format.formatCount(value.bars)} bars${late ? `, ${format.counted(late, 'late trade')} in it` : ''}`,
    );
  }

  let frame = 0;
  const recolour = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      equity.recolour();
      for (const bars of [spread, hours, weekdays]) bars.redraw();
    });
  };
  const relabel = () => {
    equity.relabel();
    showEquity();
    venueTable?.redraw();
  };
  const stop = [
    source.statistics.subscribe(showStatistics),
    source.trades.subscribe(showTrades),
    source.equity.subscribe(showEquity),
    state.theme.listen(recolour),
    state.palette.listen(recolour),
    state.zone.listen(relabel),
    state.selected.listen((id) => venueTable?.mark(id)),
  ];
  if (import.meta.env.MODE === 'test') Object.assign(window, { __equity: equity.handles });
  return () => {
    cancelAnimationFrame(frame);
    for (const end of stop) end();
    for (const bars of [spread, hours, weekdays]) bars.dispose();
    equity.dispose();
    venueTable?.dispose();
  };
}
