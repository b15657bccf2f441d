/**
 * What is drawn beside the candles and over them: a pane or a layer each, one file each, in the order they are painted.
 *
 * A layer is `mount(chart, state)`. It places itself: it listens to what it shows, draws when the bars change, and
 * answers what of it is under a point. To add one, write its file and its line here, and for the reader to switch it,
 * one in OVERLAYS (state/state.js) and one in chips.js.
 */

import * as cvd from './layers/cvd.js';
import * as position from './layers/position.js';
import * as settings from './layers/settings.js';
import * as crosses from './layers/signals.js';
import * as strip from './layers/strip.js';
import * as trades from './layers/trades.js';
import * as venues from './layers/venuelines.js';
import * as volume from './layers/volume.js';
import * as zones from './layers/zones.js';
import { createScale } from './primitives/scale.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * What a layer draws on and with.
 * @typedef {object} Ground
 * @property {import('lightweight-charts').IChartApi} api
 * @property {import('lightweight-charts').ISeriesApi<'Candlestick'>} candles
 * @property {() => import('./feed.js').ChartData} data
 * @property {() => import('./theme.js').Theme} theme
 * @property {import('./overlaydata.js').OverlayData} overlays
 * @property {import('./cvdnow.js').CvdNow} cvd
 * @property {(series: import('lightweight-charts').ISeriesApi<any>) => () => import('./primitives/scale.js').Scale | null} scaleOf
 *   where instants and the series' prices lie in this frame
 */

/** @typedef {{ pane: number | undefined, x: number, y: number, instant: number }} Point CSS px in a pane; ms of its slot */

/**
 * What the mouse is over.
 * @typedef {object} Under
 * @property {() => import('./said.js').Said | null} say
 * @property {number} [trade] id of the one that a click chooses
 * @property {boolean} [ground] it lies behind the bars: of a missing one there is more to say
 */

/**
 * @typedef {object} Layer
 * @property {(first: number) => void} [draw] the bars from this index on have changed; all of them from 0
 * @property {() => void} [restyle] the colours have changed; without it everything is drawn
 * @property {(point: Point) => Under | null} [under]
 * @property {() => void} dispose
 */

const LAYERS = { volume, cvd, venues, position, zones, settings, crosses, trades, strip };

/**
 * @param {Omit<Ground, 'scaleOf'>} chart
 * @param {State} state
 */
export function mountLayers(chart, state) {
  const ground = { ...chart, scaleOf };

  /** @type {Ground['scaleOf']} */
  function scaleOf(series) {
    return () => {
      const { slots, span } = chart.data();
      const time = chart.api.timeScale();
      const zero = time.logicalToCoordinate(/** @type {import('lightweight-charts').Logical} */ (0));
      const one = time.logicalToCoordinate(/** @type {import('lightweight-charts').Logical} */ (1));
      if (zero === null || one === null || slots.length === 0) return null;
      const y = (/** @type {number} */ price) => series.priceToCoordinate(price);
      return createScale({ slots, span, zero, step: one - zero, width: time.width(), y });
    };
  }

  const layers = /** @type {{ [K in keyof typeof LAYERS]: ReturnType<(typeof LAYERS)[K]['mount']> }} */ (
    Object.fromEntries(Object.entries(LAYERS).map(([name, { mount }]) => [name, mount(ground, state)]))
  );
  const all = /** @type {Layer[]} */ (Object.values(layers));
  const fromTheTop = [...all].reverse();

  return {
    layers,
    /** @param {number} first */
    draw(first) {
      for (const layer of all) layer.draw?.(first);
    },
    restyle() {
      for (const layer of all) (layer.restyle ?? layer.draw)?.(0);
    },
    /**
     * What lies uppermost under a point.
     * @param {Point} point
     * @returns {Under | null}
     */
    under(point) {
      for (const layer of fromTheTop) {
        const found = layer.under?.(point);
        if (found) return found;
      }
      return null;
    },
    trades: () => layers.trades.placed(),
    dispose() {
      for (const layer of all) layer.dispose();
    },
  };
}

/** @typedef {ReturnType<typeof mountLayers>} Layers */
