/**
 * The market the trades were made in: when it moves and when it trades, what each exchange's part is, and whether its
 * patterns hold.
 */

import { make } from '../dom.js';
import * as format from '../format.js';
import { mountBars } from './bars.js';
import { mountCells, mountFacts } from './cells.js';
import { instant } from './figures.js';
import {
  afterRows,
  candleFacts,
  cvdRows,
  exchangeRows,
  gapRows,
  rangeDecimals,
  rhythmRows,
  weekdayRows,
} from './marketrows.js';
import { mountOutcomes } from './outcomes.js';
import { groupName } from './rows.js';
import { addNumbers, addSection } from './sections.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../server/answers.js').CandleStatistics} CandleStatistics */

const WHOLE = 'Of the hours of which every minute is stored; with fewer than 5 of them there is no value.';

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('./source.js').Source} source
 * @param {import('./tips.js').Tips} tips
 */
export function mountMarket(element, state, source, tips) {
  const title = make('h2', { class: 'between' }, 'The market in this period');
  element.append(title);
  /**
   * @param {string} name
   * @param {string} heading
   * @param {string} text
   * @param {string} [of]
   */
  const section = (name, heading, text, of) =>
    addSection(element, tips, { name, title: heading, of, retry: source.retry, help: [{ title: heading, text }] });
  /** @param {string} label @param {string[]} heads @returns {(place: HTMLElement) => ReturnType<typeof mountCells>} */
  const cells = (label, heads) => (place) =>
    mountCells(place, { label, tips, heads: heads.map((each) => ({ title: each })) });

  const hoursPart = section(
    'rhythm',
    'Volume and volatility by hour',
    `Mean volume (bars) and mean high - low (line) of each hour of the day. ${WHOLE}`,
    'UTC',
  );
  const hours = mountBars(hoursPart.content, hoursPart.reading, 180);
  const HEADS = ['Volume', `High - low, ${format.quote()}`, 'Taker buys', 'n, hours'];
  const hourNumbers = addNumbers(hoursPart.part, 'Numbers', cells('The market by hour, UTC', ['Hour', ...HEADS]));
  const daysPart = section(
    'days',
    'By weekday',
    `Mean volume (bars) and mean high - low (line) of an average hour of each weekday. ${WHOLE}`,
    'an hour, UTC',
  );
  const days = mountBars(daysPart.content, daysPart.reading, 180);
  const dayNumbers = addNumbers(daysPart.part, 'Numbers', cells('The market by weekday, UTC', ['Weekday', ...HEADS]));

  const sharesPart = section(
    'shares',
    'Exchanges',
    'Each exchange\u2019s part in the volume, what takers bought there less what they sold (delta), and in how many of the minutes it is complete.',
    format.base(),
  );
  const shares = cells('Each exchange\u2019s part', ['Exchange', 'Share', 'Volume', 'Delta', 'Complete'])(
    sharesPart.content,
  );
  const candlesPart = section(
    'candles',
    'Candles',
    'How far the price moves in a bar, how much is traded, who pushes.',
  );
  const candles = mountFacts(candlesPart.content, tips);

  const gapsPart = section(
    'gaps',
    'Are gaps filled?',
    'Does the price come back to a fair value gap, and how soon? Values with their 90 % interval, which counts gaps that share bars for less. Fewer than 10 independent cases have no value.',
    '90 % intervals',
  );
  const gaps = cells('Gap fills', ['', 'Bullish gaps', 'Bearish gaps'])(gapsPart.content);
  const beforePart = section('before', 'CVD before trades', '', '90 % intervals');
  const before = cells('CVD before trades', ['CVD', 'Trades', 'Won', 'Win rate'])(beforePart.content);
  const outcomes = mountOutcomes(element, source.retry, tips);
  const afterPart = section(
    'after',
    'After a CVD cross or a gap',
    'What the price did from the close of the bar on. An event tells something only where its interval lies apart from that of every bar: such values are coloured and marked. Of 16 intervals of 90 %, one or two miss by chance.',
    '90 % intervals',
  );
  const AFTER = ['1 bar', '3 bars', '6 bars', '12 bars'];
  const means = cells('Mean move', ['Mean move', ...AFTER])(afterPart.content);
  const ups = cells('Higher afterwards', ['Higher afterwards', ...AFTER])(afterPart.content);

  function showCandles() {
    const known = source.candles.get();
    const { value } = known;
    const none = value && value.from === null ? 'No candles are stored of this period.' : null;
    candlesPart.state(known, none);
    sharesPart.state(
      known,
      none ?? (value?.exchanges.length === 0 ? 'No exchange\u2019s own candles are stored of this period.' : null),
    );
    hoursPart.state(known, none ?? (value ? tooFew(value.hours, 'hour of the day') : null));
    daysPart.state(known, none ?? (value ? tooFew(value.weekdays, 'weekday') : null));
    if (!value || value.from === null || value.to === null) return;
    title.replaceChildren(
      'The market in this period',
      make('small', {}, ` ${value.pair ?? ''} ${value.timeframe}, ${instant(value.from)} to ${instant(value.to)}`),
    );
    const { hour, ...byHour } = value.hours;
    const { weekday, ...byDay } = value.weekdays;
    showRhythm(
      hours,
      byHour,
      hour.map((each) => String(each).padStart(2, '0')),
      hour.map(groupName),
    );
    showRhythm(
      days,
      byDay,
      weekday.map((each) => each.slice(0, 3)),
      weekday,
    );
    hourNumbers.show(() => rhythmRows(value.hours));
    dayNumbers.show(() => weekdayRows(value.weekdays));
    shares.show(exchangeRows(value.exchanges));
    candles.show(candleFacts(value.figures));
  }

  function showPatterns() {
    const known = source.patterns.get();
    const { value } = known;
    const none = value && value.bars === 0 ? 'No candles are stored of this period.' : null;
    for (const part of [gapsPart, beforePart, afterPart]) part.state(known, none);
    outcomes.show(known, none);
    if (!value) return;
    const { look_back: back, unknown, late, mode } = value.cvd_before_trades;
    gaps.show(gapRows(value.gaps));
    before.show(cvdRows(value.cvd_before_trades));
    beforePart.say(
      [`${mode} trades`, unknown ? `${unknown} unknown` : '', late ? `${late} late left out` : '', '90 % intervals']
        .filter(Boolean)
        .join(', '),
    );
    tips.explain(/** @type {Element} */ (beforePart.part.querySelector('.explained')), [
      {
        title: 'CVD before trades',
        text: `Do candles with a high CVD precede winning trades? The CVD at the entry, in the trade\u2019s direction, is high when it lies in the upper third of the ${back} bars before it. Unknown: too few bars before the trade, or a hole. A win rate needs 10 trades.`,
      },
    ]);
    means.show(afterRows(value, 'mean_percent'));
    ups.show(afterRows(value, 'up_percent'));
  }

  let frame = 0;
  const recolour = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      hours.redraw();
      days.redraw();
    });
  };
  const stop = [
    source.candles.subscribe(showCandles),
    source.patterns.subscribe(showPatterns),
    state.theme.listen(recolour),
    state.palette.listen(recolour),
    state.zone.listen(showCandles),
  ];
  return () => {
    cancelAnimationFrame(frame);
    for (const end of stop) end();
    hours.dispose();
    days.dispose();
  };
}

/**
 * @param {{ volume: (number | null)[], n: number[] }} rhythm
 * @param {string} of
 */
const tooFew = ({ volume, n }, of) =>
  volume.every((each) => each === null)
    ? `Too few: a value needs 5 whole hours of the same ${of}, and there are at most ${Math.max(0, ...n)}.`
    : null;

/**
 * @param {import('./bars.js').Bars} bars
 * @param {Omit<CandleStatistics['hours'], 'hour'>} rhythm
 * @param {string[]} names
 * @param {string[]} full
 */
function showRhythm(bars, { volume, range, n }, names, full) {
  const decimals = rangeDecimals(range);
  /** @param {number} row */
  const read = (row) =>
    volume[row] === null
      ? `${full[row]}: too few hours (${n[row]})`
      : `${full[row]}: ${format.formatSize(Number(volume[row]))} ${format.base()}, ${format.fixed(Number(range[row]), decimals)} ${format.quote()}, n ${n[row]}`;
  const known = names.map((_, row) => row).filter((row) => volume[row] !== null);
  bars.show({
    names,
    values: volume,
    colour: 'plain',
    title: `${format.base()} an hour`,
    format: format.formatSize,
    line: {
      values: range,
      format: (each) => format.fixed(each, Math.max(0, decimals - 1)),
      title: `high - low, ${format.quote()}`,
    },
    read,
    summary: `Mean volume and high - low, UTC: ${known.map(read).join('; ') || 'too few whole hours'}`,
  });
}
