/**
 * What the prediction says, in words, and until when it says anything. Pure.
 */

import * as format from '../format.js';
import { isTimeframe, SPANS } from '../state/timeframes.js';

/** @typedef {NonNullable<ReturnType<typeof import('../server/answers.js').readPrediction>['prediction']>} Prediction */

/** @param {number} percent */
const whole = (percent) => format.fixed(percent, 0);

/**
 * When the bar it speaks of closes, ms.
 * @param {Prediction} prediction
 */
export const closesAt = ({ bar, timeframe }) => bar + (isTimeframe(timeframe) ? SPANS[timeframe] : 0);

/**
 * @param {Prediction} prediction
 * @returns {{ text: string, tone: 'up' | 'down' | '', record: string }}
 */
export function forecastWords(prediction) {
  const { probability_up, track_record } = prediction;
  const { accuracy, margin, n, edge } = track_record;
  const hits = accuracy === null ? '' : `${whole(accuracy)}${margin === null ? '' : ` \u00b1 ${whole(margin)}`} %`;
  if (!edge) return { text: `Next candle: no edge found${hits ? ` (${hits})` : ''}`, tone: '', record: '' };
  const up = probability_up >= 0.5;
  const percent = whole(100 * (up ? probability_up : 1 - probability_up));
  return {
    text: `Next candle: ${percent} % ${up ? 'bullish' : 'bearish'}`,
    tone: up ? 'up' : 'down',
    record: hits ? `right ${hits} of ${format.formatCount(n)}` : 'no track record yet',
  };
}
