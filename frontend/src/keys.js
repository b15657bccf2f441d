/**
 * The keyboard. Keys typed into a field, a dialog or with a modifier are left alone.
 */

import { tinykeys } from 'tinykeys';
import { TIMEFRAMES } from './timeframes.js';

/**
 * @param {import('./state.js').State} state
 * @param {import('./chart.js').Chart} chart
 * @param {{ about: () => void }} actions
 */
export function listenToKeys(state, chart, actions) {
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => chart.pan(-0.1),
    ArrowRight: () => chart.pan(0.1),
    '+': () => chart.zoom(0.8),
    'Shift++': () => chart.zoom(0.8),
    '-': () => chart.zoom(1.25),
    Home: () => chart.toStart(),
    End: () => chart.toNewest(),
    c: () => state.cvd.set(state.cvd.get() === 'running' ? 'anchored' : 'running'),
    '?': actions.about,
    'Shift+?': actions.about,
  };
  TIMEFRAMES.forEach((timeframe, index) => {
    keys[String(index + 1)] = () => state.timeframe.set(timeframe);
  });
  return tinykeys(
    window,
    Object.fromEntries(
      Object.entries(keys).map(([key, act]) => [
        key,
        (event) => {
          const typing = event.target instanceof Element && event.target.closest('input, select, textarea, dialog');
          if (typing) return;
          event.preventDefault();
          act();
        },
      ]),
    ),
  );
}
