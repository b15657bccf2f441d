/**
 * What the mouse points at: the bar for the legends, a card for the thing under it; a click on a trade chooses it.
 */

import { indexAt } from '../state/bars.js';
import { SPANS } from '../state/timeframes.js';
import { holeAfter } from './feed.js';
import { sayBar, sayChange, sayCross, sayHole, sayOrder, sayTrade, sayZone } from './said.js';
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

  /**
   * @param {import('./layers.js').Under} under
   * @returns {import('./said.js').Said | null}
   */
  function say(under) {
    const { span } = data();
    if (under.kind === 'trade') return sayTrade(under.placed, span);
    if (under.kind === 'cross') return sayCross(under.cross, under.of);
    if (under.kind === 'zone') return sayZone(under.zone, under.of, SPANS[/** @type {'5m'} */ (under.of)]);
    if (under.kind === 'change') return sayChange(under.change);
    if (under.kind === 'position') return sayOrder(under.order);
    const answer = overlays.completeness.get();
    const row = answer ? indexAt(answer.completeness.timestamp, under.instant) : -1;
    return answer && answer.completeness.timestamp[row] === under.instant ? sayBar(answer, row, span) : null;
  }

  /** @param {MouseEventParams} event */
  function move(event) {
    const now = pointed(event);
    state.pointed.set(now);
    const { point, paneIndex, time } = event;
    if (!point) {
      tooltip.hide();
      return;
    }
    const under = layers.under(paneIndex, point.x, point.y, Number(time) * 1000);
    const hole = now.hole && (!under || under.kind === 'strip' || under.kind === 'zone');
    const said = hole && now.hole ? sayHole(now.hole, configured()) : under && say(under);
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
  function click({ point, paneIndex, time }) {
    const under = point && layers.under(paneIndex, point.x, point.y, Number(time) * 1000);
    if (under?.kind === 'trade' && !under.placed.whatif && under.placed.trade.id !== undefined)
      state.selected.set(under.placed.trade.id);
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
