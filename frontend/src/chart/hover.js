/**
 * What the mouse points at: the bar for the legends, a card for the thing under it; a click on a trade chooses it.
 */

import { indexAt } from '../state/bars.js';
import { holeAfter } from './feed.js';
import { sayHole } from './said.js';
import { mountTooltip } from './tooltip.js';

/** @typedef {import('lightweight-charts').MouseEventParams} MouseEventParams */

/**
 * @param {HTMLElement} element
 * @param {import('lightweight-charts').IChartApi} chart
 * @param {import('../state/state.js').State} state
 * @param {import('./overlaydata.js').OverlayData} overlays
 * @param {import('./layers.js').Layers} layers
 * @param {{ data: () => import('./feed.js').ChartData, valuesAt: (index: number) => import('./feed.js').Values | null }} shown
 */
export function createHover(element, chart, state, overlays, layers, { data, valuesAt }) {
  const tooltip = mountTooltip(element);
  const nothing = { values: null, hole: null };

  /** @param {MouseEventParams} event */
  function pointed(event) {
    if (event.time === undefined || event.point === undefined) return nothing;
    const { times, values, span } = data();
    const instant = Number(event.time) * 1000;
    const index = indexAt(times, instant);
    return times[index] === instant
      ? { values: valuesAt(index), hole: null }
      : { values: null, hole: holeAfter(values, index, span) };
  }

  /** @param {MouseEventParams} event */
  const under = ({ point, paneIndex: pane, time }) =>
    point ? layers.under({ pane, x: point.x, y: point.y, instant: Number(time) * 1000 }) : null;

  /** @param {MouseEventParams} event */
  function move(event) {
    const now = pointed(event);
    state.pointed.set(now);
    const { point, paneIndex } = event;
    if (!point) {
      tooltip.hide();
      return;
    }
    const found = under(event);
    const said = now.hole && (!found || found.ground) ? sayHole(now.hole, configured()) : found?.say();
    if (said) tooltip.show(said, point.x, topOf(paneIndex) + point.y);
    else tooltip.hide();
  }

  /** The exchanges that should have been there. */
  const configured = () =>
    overlays.completeness.get()?.exchanges ?? state.status.get()?.exchanges.map(({ exchange }) => exchange) ?? [];

  /** @param {number | undefined} pane */
  function topOf(pane) {
    if (pane === undefined) return 0;
    return /** @type {HTMLElement | null} */ (chart.panes()[pane].getHTMLElement())?.offsetTop ?? 0;
  }

  /** @param {MouseEventParams} event */
  function click(event) {
    const trade = under(event)?.trade;
    if (trade !== undefined) state.selected.set(trade);
  }

  chart.subscribeCrosshairMove(move);
  chart.subscribeClick(click);
  return {
    /** The chart has moved under the mouse. */
    moved: tooltip.hide,
    dispose() {
      chart.unsubscribeCrosshairMove(move);
      chart.unsubscribeClick(click);
    },
  };
}
