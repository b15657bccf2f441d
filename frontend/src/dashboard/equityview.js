/**
 * The account's equity over time: its balance from `newBalance`, marked to market, and what holding would have been;
 * the drawdown under it on the same axis. What the crosshair is on is read in the chips above, which also hide a line.
 */

import {
  AreaSeries,
  BaselineSeries,
  CrosshairMode,
  createChart,
  LineSeries,
  LineStyle,
  LineType,
  TickMarkType,
} from 'lightweight-charts';
import { toSeconds } from '../chart/feed.js';
import { make, say } from '../dom.js';
import * as format from '../format.js';
import { money } from '../panel/words.js';
import { toEquityData } from './equity.js';

/** @typedef {import('../server/answers.js').Equity} Equity */
/** @typedef {'balance' | 'marked' | 'hold' | 'drawdown' | 'balanceDrawdown'} Line */

/** @type {Record<Line, { title: string, help: string, of: keyof Equity }>} */
const LINES = {
  balance: {
    title: 'Balance',
    help: 'After the trades that were closed, fees taken off; it moves when a trade ends. Late trades are in it.',
    of: 'balance',
  },
  marked: {
    title: 'Marked to market',
    help: 'The balance and what the open position would bring if it were closed at the bar\u2019s close, fees of both sides taken off.',
    of: 'marked',
  },
  hold: {
    title: 'Buy and hold',
    help: 'What the first balance would be worth if the strategy\u2019s position size had been bought at the first bar\u2019s close, fees taken off.',
    of: 'buy_and_hold',
  },
  drawdown: {
    title: 'Drawdown, marked',
    help: 'How far the value marked to market lies below its highest so far.',
    of: 'drawdown',
  },
  balanceDrawdown: {
    title: 'of the balance',
    help: 'How far the balance lies below its highest so far.',
    of: 'balance_drawdown',
  },
};

const NAMES = /** @type {Line[]} */ (Object.keys(LINES));

/**
 * @param {HTMLElement} element
 * @param {import('./tips.js').Tips} tips
 */
export function mountEquity(element, tips) {
  const canvas = make('div', { class: 'equity-chart', role: 'img' });
  const reading = make('span', { class: 'reading' });
  /** @type {Record<Line, HTMLElement>} */
  const values = /** @type {any} */ ({});
  /** @type {Set<Line>} */
  const hidden = new Set();
  const chips = NAMES.map((name) => {
    const { title, help } = LINES[name];
    values[name] = make('b');
    const swatch = make('i', { class: `swatch ${name}` });
    const chip = make(
      'button',
      { type: 'button', class: 'explained chip', 'aria-pressed': 'true', 'data-line': name, click: () => toggle(name) },
      swatch,
      `${title} `,
      values[name],
    );
    tips.explain(chip, [{ title, text: `${help} Press to hide or show it.` }]);
    return chip;
  });
  element.append(make('div', { class: 'equity-chips' }, ...chips, reading), canvas);

  const ink = inks(canvas);
  const chart = createChart(canvas, options(ink));
  const quiet = { priceLineVisible: false, lastValueVisible: false, priceFormat: PRICES };
  const grid = chart.addSeries(LineSeries, { ...quiet, visible: false });
  const series = {
    hold: chart.addSeries(LineSeries, { ...quiet, lineWidth: 1, lineStyle: LineStyle.Dashed }),
    marked: chart.addSeries(LineSeries, { ...quiet, lineWidth: 1 }),
    balance: chart.addSeries(BaselineSeries, { ...quiet, lineWidth: 2, lineType: LineType.WithSteps }),
    drawdown: chart.addSeries(AreaSeries, { ...quiet, lineWidth: 1, invertFilledArea: true }, 1),
    balanceDrawdown: chart.addSeries(LineSeries, { ...quiet, lineWidth: 1, lineType: LineType.WithSteps }, 1),
  };
  chart.panes().forEach((pane, index) => {
    pane.setStretchFactor([3, 1][index]);
  });
  chart.priceScale('right', 0).applyOptions({ scaleMargins: { top: 0.08, bottom: 0.08 } });
  chart.priceScale('right', 1).applyOptions({ scaleMargins: { top: 0.04, bottom: 0.12 } });
  recolour();

  /** @type {Equity | null} */
  let equity = null;
  let data = toEquityData({ ...NOTHING });
  let fitted = '';

  function recolour() {
    const now = inks(canvas);
    chart.applyOptions(options(now));
    series.hold.applyOptions({ color: now('--delta') });
    series.marked.applyOptions({ color: now('--accent') });
    series.balance.applyOptions({
      topLineColor: now('--up'),
      topFillColor1: now('--up-faint'),
      topFillColor2: now('--up-faint'),
      bottomLineColor: now('--down'),
      bottomFillColor1: now('--down-faint'),
      bottomFillColor2: now('--down-faint'),
    });
    series.drawdown.applyOptions({
      lineColor: now('--down'),
      topColor: now('--down-faint'),
      bottomColor: now('--down-faint'),
    });
    series.balanceDrawdown.applyOptions({ color: now('--text-dim') });
  }

  /** @param {Line} name */
  function toggle(name) {
    if (!hidden.delete(name)) hidden.add(name);
    series[name].applyOptions({ visible: !hidden.has(name) });
    chips[NAMES.indexOf(name)].setAttribute('aria-pressed', String(!hidden.has(name)));
  }

  /** Read a row in the chips. @param {number | null} row */
  function read(row) {
    if (!equity || row === null) {
      say(reading, '');
      for (const name of NAMES) say(values[name], '');
      return;
    }
    say(reading, `${format.formatInstant(equity.timestamp[row])} ${format.zoneName(equity.timestamp[row])}`);
    for (const name of NAMES) {
      const value = /** @type {(number | null)[]} */ (equity[LINES[name].of])[row];
      const fall = name === 'drawdown' || name === 'balanceDrawdown';
      say(values[name], value === null ? '' : fall ? format.fixed(-value || 0, 2) : format.fixed(value, 2));
    }
  }

  chart.subscribeCrosshairMove(({ logical, point }) => {
    const last = data.slots.length - 1;
    const at = point && logical !== undefined ? Math.max(0, Math.min(last, Math.round(logical))) : last;
    read(data.rows[at] ?? null);
  });

  /** The whole span, with room for the first label of the axis. */
  function fit() {
    const slots = data.slots.length;
    chart.timeScale().setVisibleLogicalRange({ from: -0.02 * slots, to: 1.01 * slots });
  }

  return {
    /** @param {Equity} given */
    show(given) {
      equity = given;
      data = toEquityData(given);
      grid.setData(data.slots.map((slot) => ({ time: toSeconds(slot) })));
      series.balance.applyOptions({ baseValue: { type: 'price', price: given.initial_balance } });
      series.balance.setData(data.balance.map(baselinePoint));
      series.marked.setData(data.marked);
      series.hold.setData(data.hold);
      series.drawdown.setData(data.drawdown.map(areaPoint));
      series.balanceDrawdown.setData(data.balanceDrawdown);
      canvas.setAttribute('aria-label', summary(given));
      read(data.rows.at(-1) ?? null);
      const span = `${given.from} ${given.to}`;
      if (span !== fitted) fit();
      fitted = span;
    },
    recolour,
    /** The zone of the labels has changed. */
    relabel: () => chart.applyOptions({ localization: { timeFormatter: crosshairTime } }),
    handles: { chart, series, data: () => data },
    dispose: () => chart.remove(),
  };
}

const NOTHING = {
  timestamp: [],
  balance: [],
  marked: [],
  drawdown: [],
  balance_drawdown: [],
  buy_and_hold: [],
  bars: 0,
  bar_ms: 1,
};

const PRICES = {
  type: /** @type {const} */ ('custom'),
  minMove: 0.01,
  formatter: /** @param {number} value */ (value) => format.fixed(value, value !== 0 && Math.abs(value) < 100 ? 1 : 0),
};

/**
 * What the curve shows, in a sentence.
 * @param {Equity} equity
 */
export function summary({ timestamp, initial_balance: initial, balance, marked, drawdown, buy_and_hold: hold }) {
  const last = timestamp.length - 1;
  if (last < 0) return 'Equity: no bars in this period';
  /** @param {number} value */
  const change = (value) => money(value - initial);
  const held = hold[last];
  return [
    `Equity from ${format.formatInstant(timestamp[0])} to ${format.formatInstant(timestamp[last])}: balance from ${format.fixed(initial, 2)} to ${format.fixed(balance[last], 2)} ${format.quote()} (${change(balance[last])})`,
    `marked to market ${format.fixed(marked[last], 2)}`,
    held === null ? '' : `holding ${change(held)}`,
    `deepest drawdown marked to market ${format.fixed(-Math.max(...drawdown) || 0, 2)} ${format.quote()}`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** @param {import('./equity.js').Point & { color?: string }} point */
function baselinePoint({ color, ...point }) {
  if (color === undefined) return point;
  return {
    ...point,
    topLineColor: color,
    topFillColor1: color,
    topFillColor2: color,
    bottomLineColor: color,
    bottomFillColor1: color,
    bottomFillColor2: color,
  };
}

/** @param {import('./equity.js').Point & { color?: string }} point */
const areaPoint = ({ color, ...point }) =>
  color === undefined ? point : { ...point, lineColor: color, topColor: color, bottomColor: color };

/** @param {HTMLElement} element */
function inks(element) {
  const style = getComputedStyle(element);
  return /** @param {string} name */ (name) => style.getPropertyValue(name).trim();
}

/**
 * @param {(name: string) => string} ink
 * @returns {import('lightweight-charts').DeepPartial<import('lightweight-charts').ChartOptions>}
 */
function options(ink) {
  const crosshair = { color: ink('--text-faint'), labelBackgroundColor: ink('--raised-strong') };
  return {
    autoSize: true,
    layout: {
      background: { color: ink('--ground') },
      textColor: ink('--text-faint'),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      attributionLogo: false, // it stands on the page's main chart
      panes: { separatorColor: ink('--line'), separatorHoverColor: ink('--raised-strong') },
    },
    grid: { vertLines: { color: ink('--grid') }, horzLines: { color: ink('--grid') } },
    crosshair: { mode: CrosshairMode.Normal, vertLine: crosshair, horzLine: { ...crosshair, labelVisible: true } },
    rightPriceScale: { borderColor: ink('--line') },
    timeScale: {
      borderColor: ink('--line'),
      timeVisible: true,
      minBarSpacing: 0.01,
      rightOffset: 0,
      lockVisibleTimeRangeOnResize: true,
      tickMarkFormatter: tick,
    },
    localization: { timeFormatter: crosshairTime },
    handleScroll: { mouseWheel: false, vertTouchDrag: false }, // the wheel scrolls the dashboard
    handleScale: { mouseWheel: false },
  };
}

/** @param {import('lightweight-charts').Time} time */
const crosshairTime = (time) => `${format.formatInstant(Number(time) * 1000)} ${format.zoneName(Number(time) * 1000)}`;

/**
 * @param {import('lightweight-charts').Time} time
 * @param {import('lightweight-charts').TickMarkType} type
 */
function tick(time, type) {
  const ms = Number(time) * 1000;
  if (type === TickMarkType.Year) return format.formatYear(ms);
  if (type === TickMarkType.Month) return format.formatMonth(ms);
  if (type === TickMarkType.DayOfMonth) return format.formatDay(ms);
  return format.formatTime(ms);
}
