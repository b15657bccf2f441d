/**
 * The CVD of the bars shown, kept once for all who draw or tell it: its pane, the lines of the venues, the legend.
 */

import { atom } from 'nanostores';
import { withForming } from './cvd.js';
import { toCvd } from './feed.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {State} state
 * @param {import('./overlaydata.js').OverlayData} overlays
 * @param {() => import('./feed.js').ChartData} data
 * @param {Pick<import('./view.js').View, 'seen' | 'moving'>} view
 */
export function createCvd(state, overlays, data, { seen, moving }) {
  const now = atom(toCvd(data(), how()));

  /** @returns {import('./feed.js').CvdView} */
  function how() {
    const told = overlays.shown.get();
    return {
      mode: state.cvd.get(),
      zeroAt: state.cvdZero.get(),
      told: told && told.timeframe === state.held.get().timeframe ? withForming(told) : null,
    };
  }

  /** Take it anew; a running one begins at the left edge of the view, once that stands still. */
  function take() {
    const { from } = seen.get() ?? { from: data().times[0] ?? 0 };
    if (state.cvd.get() === 'running' && state.cvdZero.get() !== from && !moving.get()) state.cvdZero.set(from);
    now.set(toCvd(data(), how()));
    state.newest.set(valuesAt(data().values.length - 1));
  }

  /** @param {number} index */
  function valuesAt(index) {
    const values = data().values[index];
    return values ? { ...values, cvd: now.get().closes[index] } : null;
  }

  const stop = [
    overlays.shown.listen(take),
    state.cvd.listen(take),
    state.cvdForm.listen(take),
    moving.listen((is) => {
      const from = seen.get()?.from;
      if (!is && state.cvd.get() === 'running' && from !== undefined && from !== state.cvdZero.get()) take();
    }),
  ];
  return {
    now,
    how,
    take,
    valuesAt,
    dispose() {
      for (const end of stop) end();
    },
  };
}

/** @typedef {ReturnType<typeof createCvd>} CvdNow */
