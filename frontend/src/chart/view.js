/**
 * Where the chart looks: leading it to a place, telling the state where it is, and asking for more bars when an edge
 * comes near.
 */

import { atom } from 'nanostores';
import { rangeOf, reaches } from './geometry.js';
import { MARGIN } from './options.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Place} Place */

/** Ask for more when so few bars are left beyond the edge of the view. */
const NEAR = 300;
/** How long the view stands still until it counts as settled, ms. */
const SETTLED = 250;
/** Bars seen before anything was. */
const FIRST = 200;

/**
 * @param {import('lightweight-charts').IChartApi} chart
 * @param {State} state
 * @param {Pick<import('../server/loader.js').Loader, 'older' | 'newer'>} loader
 * @param {() => import('./feed.js').ChartData} data
 */
export function createView(chart, state, loader, data) {
  /** What is seen, ms. */
  const seen = atom(/** @type {{ from: number, to: number } | null} */ (null));
  /** Whether the view is moving. */
  const moving = atom(false);
  const scale = chart.timeScale();
  let look = 0;
  /** Where the chart goes with its next painting: what changes before must not keep the view it had. @type {Place | null} */
  let unpainted = null;
  /** Whether it was led somewhere: what it shows before is nobody's wish. */
  let led = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;

  /** @param {Place} place */
  function goTo(place) {
    if (place.at === 'same') return;
    unpainted = place;
    led = true;
    const range = scale.getVisibleLogicalRange();
    const wanted = rangeOf(place, data(), range ? range.to - range.from : FIRST, MARGIN);
    if (wanted) scale.setVisibleLogicalRange(wanted);
    else scale.scrollToPosition(MARGIN, false);
  }

  /** The library moves the view when it paints. */
  function lookSoon() {
    cancelAnimationFrame(look);
    look = requestAnimationFrame(looked);
  }

  /** Tell the state where the chart looks, and ask for more bars when an edge is near. */
  function looked() {
    unpainted = null;
    const range = scale.getVisibleLogicalRange();
    const { slots, span } = data();
    if (!led || !range || slots.length === 0) return;
    const last = slots.length - 1;
    const bars = range.to - range.from;
    tell(range, bars, slots, span);
    const from = slots[Math.min(last, Math.max(0, Math.ceil(range.from)))];
    const to = slots[Math.min(last, Math.max(0, Math.floor(range.to)))] + span;
    const before = seen.get();
    if (before?.from !== from || before.to !== to) seen.set({ from, to });
    moving.set(true);
    clearTimeout(settling);
    settling = setTimeout(() => moving.set(false), SETTLED);
    if (range.from < Math.max(NEAR, bars / 2)) loader.older();
    if (!state.held.get().live && range.to > last - NEAR) loader.newer();
  }

  /**
   * @param {{ from: number, to: number }} range
   * @param {number} bars
   * @param {number[]} slots
   * @param {number} span
   */
  function tell(range, bars, slots, span) {
    const last = slots.length - 1;
    const middle = (range.from + range.to) / 2;
    const inside = Math.min(last, Math.max(0, Math.floor(middle)));
    const following = state.held.get().live && range.to >= last;
    const centre = slots[inside] + (middle - inside) * span;
    const view = state.view.get();
    if (view.following !== following || view.centre !== centre || view.bars !== bars)
      state.view.set({ following, centre, bars });
  }

  /** @param {(range: { from: number, to: number }) => { from: number, to: number }} change */
  function move(change) {
    const range = scale.getVisibleLogicalRange();
    if (range) scale.setVisibleLogicalRange(change(range));
  }

  scale.subscribeVisibleLogicalRangeChange(looked);

  return {
    seen,
    moving,
    goTo,
    lookSoon,
    /** Where the chart goes with its next painting. */
    pending: () => unpainted,
    /**
     * Look at a place, if the bars held reach it.
     * @param {Place} place
     */
    look(place) {
      const reached = reaches(place, state.held.get(), data().slots);
      if (reached) {
        goTo(place);
        lookSoon();
      }
      return reached;
    },
    /**
     * Move by a part of the view's width; positive is forwards.
     * @param {number} part
     */
    pan: (part) =>
      move(({ from, to }) => {
        const by = (to - from) * part;
        return { from: from + by, to: to + by };
      }),
    /**
     * Show this many times the bars, the right edge staying.
     * @param {number} factor
     */
    zoom: (factor) => move(({ from, to }) => ({ from: to - (to - from) * factor, to })),
    /** Look at the first bar held. */
    toStart: () => move(({ from, to }) => ({ from: 0, to: to - from })),
    /** Show every bar held, at the scale that shows them all. */
    fit() {
      state.autoScale.set(true);
      scale.fitContent();
    },
    dispose() {
      cancelAnimationFrame(look);
      clearTimeout(settling);
      scale.unsubscribeVisibleLogicalRangeChange(looked);
    },
  };
}

/** @typedef {ReturnType<typeof createView>} View */
