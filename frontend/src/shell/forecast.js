/**
 * What the prediction says, in words. Pure.
 */

import * as format from '../format.js';

/** @typedef {NonNullable<ReturnType<typeof import('../server/answers.js').readPrediction>['prediction']>} Prediction */

const DAY = 86_400_000;

/** @param {number} percent */
const whole = (percent) => format.fixed(percent, 0);

/**
 * A probability that no edge stands behind is told only when it is insisted on, and without a colour.
 * @param {Prediction} prediction
 * @returns {{ text: string, tone: 'up' | 'down' | '', record: string }}
 */
export function forecastWords({ probability_up, track_record, live, insisted }) {
  const { accuracy, margin, n, edge } = track_record;
  const hits = accuracy === null ? '' : `${whole(accuracy)}${margin === null ? '' : ` \u00b1 ${whole(margin)}`} %`;
  const lived = live.n ? `live ${format.formatCount(live.right)} of ${format.formatCount(live.n)}` : '';
  const up = probability_up >= 0.5;
  const side = `Next candle: ${whole(100 * (up ? probability_up : 1 - probability_up))} % ${up ? 'bullish' : 'bearish'}`;
  if (!edge) {
    const none = `no edge found (${hits || 'not judged yet'})`;
    return { text: insisted ? `${side}, ${none}` : `Next candle: ${none}`, tone: '', record: insisted ? lived : '' };
  }
  const judged = hits && `right ${hits} of ${format.formatCount(n)}`;
  return { text: side, tone: up ? 'up' : 'down', record: [judged, lived].filter(Boolean).join('; ') };
}

/**
 * The bar it speaks of.
 * @param {Prediction} prediction
 */
export const barWords = ({ timeframe, bar, closes }) =>
  `${timeframe} bar ${closes - bar < DAY ? `${format.formatTime(bar)} to ${format.formatTime(closes)}` : format.formatStretch(bar, closes)}`;

/**
 * Where it comes from.
 * @param {Prediction} prediction
 */
export const sourceWords = ({ model, trained_from, trained_to }) =>
  `Model: ${model}. Learnt from the bars of ${format.formatInstant(trained_from, DAY)} to ${format.formatInstant(trained_to, DAY)}. A probability learnt from the past, no advice`;
