/**
 * The prediction of the next candle: beside it its track record and the bar it speaks of; gone when that bar has closed,
 * and not there at all when there is none.
 */

import { make, say } from '../dom.js';
import * as format from '../format.js';
import { BadAnswer } from '../server/answers.js';
import { getPrediction, Refused, ServerLost } from '../server/api.js';
import { closesAt, forecastWords } from './forecast.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 */
export function mountPrediction(element, state) {
  const text = make('b');
  const record = make('span', { class: 'dim' });
  const bar = make('span', { class: 'dim' });
  element.append(text, record, bar);
  element.hidden = true;
  /** @type {import('./forecast.js').Prediction | null} */
  let prediction = null;
  let asked = '';

  async function refresh() {
    const id = state.status.get()?.snapshot?.id;
    if (!id || id === asked) return;
    asked = id;
    try {
      ({ prediction } = await getPrediction());
    } catch (error) {
      if (!(error instanceof ServerLost || error instanceof Refused || error instanceof BadAnswer)) throw error;
      prediction = null; // nothing is said rather than something old
      asked = '';
    }
    show();
  }

  function show() {
    const seen = prediction !== null && state.now.get() < closesAt(prediction);
    element.hidden = !seen;
    if (!prediction || !seen) return;
    const words = forecastWords(prediction);
    say(text, words.text);
    text.className = words.tone;
    say(record, words.record);
    say(
      bar,
      `${prediction.timeframe} bar ${format.formatTime(prediction.bar)} to ${format.formatTime(closesAt(prediction))}`,
    );
    element.title = `Model ${prediction.model}. A probability learnt from the past, no advice`;
  }

  const stop = [state.status.subscribe(refresh), state.now.listen(show), state.zone.listen(show)];
  return () => {
    for (const end of stop) end();
    element.replaceChildren();
  };
}
