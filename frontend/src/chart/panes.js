/**
 * The panes, from the top down, and what every layer asks of the state.
 */

import { lengthOf } from './cvd.js';

/** @typedef {import('../state/state.js').State} State */

/** Index of each pane. */
export const PRICE = 0;
export const VOLUME = 1;
export const CVD = 2;

/** Relative heights. */
export const HEIGHTS = [6, 1.6, 2];

/**
 * Length of the bars of the strategy under a configuration, ms; 0 when it is not known.
 * @param {State} state
 * @param {number | null | undefined} configuration
 */
export function barOf(state, configuration) {
  const row = (state.status.get()?.configurations ?? []).find(({ id }) => id === configuration);
  return (row && lengthOf(row.parameters.chart_timeframe)) ?? 0;
}
