/**
 * Who led: the CVD of each exchange as a line of its own in the CVD pane, of the same kind as the CVD that is shown, so
 * that the lines add up to it. They share its scale: the one that went farthest led.
 */

import { LineSeries } from 'lightweight-charts';
import { drawable } from '../../state/bars.js';
import { ANCHOR, anchoredCvd, lengthOf, runningCvd } from '../cvd.js';
import { line, toChartData } from '../feed.js';
import { CVD } from '../panes.js';
import { quiet, sizes } from '../series.js';

/** @typedef {{ exchange: string, colour: string, cvd: number | null, buy: number, sell: number, share: number }} Led */

/**
 * @param {import('../layers.js').Ground} chart
 */
export function mount({ api, data, theme, overlays, cvd }) {
  /** @type {import('lightweight-charts').ISeriesApi<'Line'>[]} */
  const lines = [];
  /** @type {{ exchange: string, colour: string, rows: Map<number, { cvd: number | null, buy: number, sell: number }> }[]} */
  let known = [];
  /** What was drawn: the same is not drawn again. @type {unknown[]} */
  let drawn = [];

  function draw() {
    const { span, times } = data();
    const venues = overlays.venues.get();
    const { mode, zeroAt } = cvd.how();
    const what = [venues, times, theme(), mode, mode === 'running' ? zeroAt : overlays.anchor()];
    if (what.every((each, place) => each === drawn[place])) return;
    drawn = what;
    const anchor = Math.max(lengthOf(overlays.anchor()) ?? ANCHOR, span);
    const shown = new Set(times); // other instants would be slots of their own
    while (lines.length > venues.length) api.removeSeries(/** @type {(typeof lines)[number]} */ (lines.pop()));
    while (lines.length < venues.length)
      lines.push(api.addSeries(LineSeries, { ...quiet, lineWidth: 1, priceFormat: sizes }, CVD));
    known = venues.map(({ exchange, bars }, index) => {
      const own = toChartData(drawable(bars), span);
      const closes =
        mode === 'running' ? runningCvd(own.times, own.deltas, zeroAt) : anchoredCvd(own.times, own.deltas, anchor);
      const colour = theme().venues[index % theme().venues.length];
      lines[index].applyOptions({ color: colour });
      lines[index].setData(line(own.times, closes, span).filter((_, row) => shown.has(own.times[row])));
      return {
        exchange,
        colour,
        rows: new Map(own.values.map(({ timestamp, buy, sell }, row) => [timestamp, { cvd: closes[row], buy, sell }])),
      };
    });
  }

  const stop = [cvd.now.listen(draw), overlays.venues.listen(draw)];
  return {
    /**
     * What each exchange did in a bar, the one with the most volume first; nothing where it is not known.
     * @param {number} timestamp open of the bar, ms
     * @returns {Led[]}
     */
    at(timestamp) {
      const rows = known.map(({ exchange, colour, rows: of }) => ({ exchange, colour, ...of.get(timestamp) }));
      if (!known.some(({ rows: of }) => of.has(timestamp))) return [];
      const all = rows.reduce((sum, { buy = 0, sell = 0 }) => sum + buy + sell, 0);
      return rows
        .map(({ exchange, colour, cvd: value = null, buy = 0, sell = 0 }) => ({
          exchange,
          colour,
          cvd: value,
          buy,
          sell,
          share: all > 0 ? (buy + sell) / all : 0,
        }))
        .sort((a, b) => b.share - a.share);
    },
    lines: () => lines,
    restyle() {}, // drawn with the CVD, which is taken anew
    dispose() {
      for (const end of stop) end();
    },
  };
}
