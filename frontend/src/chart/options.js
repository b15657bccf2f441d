/**
 * The chart library's options: colours of the theme, labels in the reader's zone.
 */

import { CrosshairMode, TickMarkType } from 'lightweight-charts';
import * as format from '../format.js';
import { MINUTE } from '../state/timeframes.js';

/** Empty bars to the right of the newest. */
export const MARGIN = 6;

/**
 * @param {import('./theme.js').Theme} theme
 * @param {() => number} span length of a bar, ms
 * @returns {import('lightweight-charts').DeepPartial<import('lightweight-charts').ChartOptions>}
 */
export function options(theme, span) {
  const crosshair = { color: theme.crosshair, labelBackgroundColor: theme.label };
  return {
    autoSize: true,
    layout: {
      background: { color: theme.background },
      textColor: theme.text,
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      attributionLogo: true,
      panes: { separatorColor: theme.line, separatorHoverColor: theme.label },
    },
    grid: { vertLines: { color: theme.grid }, horzLines: { color: theme.grid } },
    crosshair: { mode: CrosshairMode.Normal, vertLine: crosshair, horzLine: crosshair },
    rightPriceScale: { borderColor: theme.line },
    timeScale: {
      borderColor: theme.line,
      timeVisible: true,
      rightOffset: MARGIN,
      minBarSpacing: 0.5,
      tickMarkFormatter: (/** @type {import('lightweight-charts').Time} */ time, /** @type {TickMarkType} */ type) =>
        tick(Number(time) * 1000, type, span()),
    },
    localization: { timeFormatter: crosshairTime },
  };
}

/** @param {import('lightweight-charts').Time} time */
const crosshairTime = (time) => `${format.formatInstant(Number(time) * 1000)} ${format.zoneName(Number(time) * 1000)}`;

/**
 * A label of the time axis. The library's days begin at midnight UTC; a reader's own midnight is a time of day to it.
 * @param {number} ms
 * @param {import('lightweight-charts').TickMarkType} type
 * @param {number} span length of a bar, ms
 */
export function tick(ms, type, span) {
  if (type === TickMarkType.Year) return format.formatYear(ms);
  if (type === TickMarkType.Month) return format.formatMonth(ms);
  const time = format.formatTime(ms);
  return span >= 1440 * MINUTE || time === '00:00' ? format.formatDay(ms) : time;
}
