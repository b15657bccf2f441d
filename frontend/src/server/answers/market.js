/**
 * Figures of candles, and what follows their patterns.
 */

import { anything, list, number, orNull, record, table, text, whole } from '../reading.js';
import { snapshot } from './snapshot.js';

const measured = record({ value: orNull(number), unit: text, n: whole, definition: text });

const rhythm = {
  volume: list(orNull(number)),
  range: list(orNull(number)),
  taker_buy_share: list(orNull(number)),
  n: list(whole),
};

const candleStatisticsAnswer = record({
  timeframe: text,
  pair: orNull(text),
  snapshot,
  from: orNull(whole),
  to: orNull(whole),
  figures: table(measured),
  range: record({ edges: list(number), counts: list(whole) }),
  hours: record({ hour: list(whole), ...rhythm }),
  weekdays: record({ weekday: list(text), ...rhythm }),
  exchanges: list(
    record({ exchange: text, share: orNull(number), volume: number, delta: number, complete: number, n: whole }),
  ),
  completeness: record({ whole, healed: whole, partial: whole, missing: whole, unknown: whole }),
});

const estimate = record({ value: number, low: number, high: number });

const moves = record({
  event: text,
  direction: orNull(text),
  bars: whole,
  n: whole,
  independent: number,
  undecided: whole,
  mean_percent: orNull(estimate),
  up_percent: orNull(estimate),
});

const patternsAnswer = record({
  timeframe: text,
  pair: text,
  snapshot,
  from: whole,
  to: whole,
  parameters: table(anything),
  bars: whole,
  confidence: whole,
  gaps: record({
    horizon: whole,
    within: list(whole),
    fills: list(
      record({
        direction: text,
        n: whole,
        independent: number,
        undecided: whole,
        touched: whole,
        filled: whole,
        closed: whole,
        touched_percent: orNull(estimate),
        filled_percent: orNull(estimate),
        closed_percent: orNull(estimate),
        median_bars: orNull(number),
        within_percent: list(orNull(number)),
      }),
    ),
  }),
  after: list(moves),
  every_bar: list(moves),
  cvd_before_trades: record({
    mode: text,
    look_back: whole,
    classes: list(record({ cvd: text, n: whole, wins: whole, win_rate: orNull(estimate) })),
    unknown: whole,
    late: whole,
  }),
  trades: record({
    mode: text,
    late: whole,
    n: whole,
    questions: whole,
    level: number,
    intervals: whole,
    each_confidence: number,
    tables: list(
      record({
        question: text,
        unit: text,
        n: whole,
        unknown: whole,
        groups: orNull(
          list(
            record({
              lowest: number,
              highest: number,
              n: whole,
              wins: whole,
              win_rate: orNull(estimate),
              mean_profit: orNull(estimate),
            }),
          ),
        ),
        p: orNull(number),
        corrected_p: orNull(number),
      }),
    ),
    conclusion: text,
  }),
});

/** @typedef {ReturnType<typeof candleStatisticsAnswer>} CandleStatistics */
/** @typedef {ReturnType<typeof patternsAnswer>} Patterns */
/** @typedef {ReturnType<typeof estimate>} Estimate */

/** @param {unknown} body */
export const readCandleStatistics = (body) => candleStatisticsAnswer(body, 'candle statistics');

/** @param {unknown} body */
export const readPatterns = (body) => patternsAnswer(body, 'patterns');
