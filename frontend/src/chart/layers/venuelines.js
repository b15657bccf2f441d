/**
 * Who led: the CVD of each exchange as a line of its own in the CVD pane, of the same kind as the CVD that is shown, so
 * that the lines add up to it. They share its scale: the one that went farthest led.
 */

import { LineSeries } from 'lightweight-charts';
import * as format from '../../format.js';
import { drawable } from '../../state/bars.js';
import { line, toChartData, toCvd } from '../feed.js';
import { quiet } from '../series.js';

/** @typedef {{ exchange: string, colour: string, cvd: number | null, buy: number, sell: number, share: number }} Led */

/**
 * @param {import('lightweight-charts').IChartApi} chart
 * @param {() => import('../theme.js').Theme} theme
 */
export function createVenueLines(chart, theme) {
  /** @type {import('lightweight-charts').ISeriesApi<'Line'>[]} */
  const lines = [];
  /** @type {{ exchange: string, colour: string, rows: Map<number, { cvd: number | null, buy: number, sell: number }> }[]} */
  let known = [];

  return {
    /**
     * @param {readonly import('../overlaydata.js').Venue[]} venues
     * @param {number} span
     * @param {readonly number[]} times opens of the bars shown: other instants would be slots of their own
     * @param {Omit<import('../feed.js').CvdView, 'told'>} view
     */
    draw(venues, span, times, view) {
      const shown = new Set(times);
      while (lines.length > venues.length) chart.removeSeries(/** @type {(typeof lines)[number]} */ (lines.pop()));
      while (lines.length < venues.length)
        lines.push(
          chart.addSeries(
            LineSeries,
            {
              ...quiet,
              lineWidth: 1,
              priceFormat: { type: 'custom', minMove: 0.001, formatter: format.formatSize },
            },
            2,
          ),
        );
      known = venues.map(({ exchange, bars }, index) => {
        const data = toChartData(drawable(bars), span);
        const { closes } = toCvd(data, { ...view, fromTheStart: false, told: null });
        const colour = theme().venues[index % theme().venues.length];
        lines[index].applyOptions({ color: colour });
        lines[index].setData(line(data.times, closes, span).filter((_, row) => shown.has(data.times[row])));
        return {
          exchange,
          colour,
          rows: new Map(
            data.values.map(({ timestamp, buy, sell }, row) => [timestamp, { cvd: closes[row], buy, sell }]),
          ),
        };
      });
    },
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
        .map(({ exchange, colour, cvd = null, buy = 0, sell = 0 }) => ({
          exchange,
          colour,
          cvd,
          buy,
          sell,
          share: all > 0 ? (buy + sell) / all : 0,
        }))
        .sort((a, b) => b.share - a.share);
    },
    lines: () => lines,
  };
}
