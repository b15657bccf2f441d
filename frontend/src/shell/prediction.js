/**
 * The prediction of the next candle: beside it its track record and the bar it speaks of; gone when that bar has closed,
 * and not there at all when there is none.
 */

import { make, say } from '../dom.js';
import { getPrediction } from '../server/api.js';
import { resource } from '../server/resource.js';
import { barWords, forecastWords, sourceWords } from './forecast.js';

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
  const answers = resource(getPrediction);

  /** Ask of the pair that is shown, and again when there are newer candles or another prediction. */
  function refresh() {
    const id = state.status.get()?.snapshot?.id;
    const pair = state.pair.get() ?? undefined;
    answers.want({ key: pair ?? '', version: id ? `${id} ${state.predicted.get()}` : null, question: { pair } });
  }

  function show() {
    const { value, problem } = answers.known.get();
    const prediction = problem ? null : (value?.prediction ?? null); // nothing is said rather than something old
    const seen = prediction !== null && state.now.get() < prediction.closes;
    element.hidden = !seen;
    if (!seen) return;
    const words = forecastWords(prediction);
    say(text, words.text);
    text.className = words.tone;
    say(record, words.record);
    say(bar, barWords(prediction));
    element.title = sourceWords(prediction);
  }

  const stop = [
    state.status.listen(refresh),
    state.pair.listen(refresh),
    state.predicted.listen(refresh),
    state.lostSince.listen((since) => {
      if (since === null) answers.again();
    }),
    answers.known.listen(show),
    state.now.listen(show),
    state.zone.listen(show),
  ];
  refresh();
  return () => {
    for (const end of stop) end();
    answers.dispose();
    element.replaceChildren();
  };
}
