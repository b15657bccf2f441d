/**
 * The pane of volume: sells, buys stacked on them, and the delta as a thin line with a scale of its own.
 */

import { HistogramSeries, LineSeries } from 'lightweight-charts';
import { VOLUME } from '../panes.js';
import { drawFrom, quiet, sizes } from '../series.js';

/** @param {import('../layers.js').Ground} chart */
export function mount({ api, data, theme }) {
  const common = { ...quiet, priceFormat: sizes };
  const volume = api.addSeries(HistogramSeries, { ...common, color: theme().sells }, VOLUME);
  const buys = api.addSeries(HistogramSeries, { ...common, color: theme().buys }, VOLUME);
  const delta = api.addSeries(
    LineSeries,
    { ...common, color: theme().delta, lineWidth: 1, priceScaleId: 'delta' },
    VOLUME,
  );
  api.priceScale('right', VOLUME).applyOptions({ scaleMargins: { top: 0.2, bottom: 0 } });
  api.priceScale('delta', VOLUME).applyOptions({ scaleMargins: { top: 0.3, bottom: 0.1 } });

  return {
    series: { volume, buys, delta },
    /** @param {number} first */
    draw(first) {
      const now = data();
      drawFrom(volume, now.volume, first);
      drawFrom(buys, now.buys, first);
      drawFrom(delta, now.delta, first);
    },
    restyle() {
      volume.applyOptions({ color: theme().sells });
      buys.applyOptions({ color: theme().buys });
      delta.applyOptions({ color: theme().delta });
    },
    dispose() {},
  };
}
