/**
 * Bars over something that is no time: classes of profit, hours of the day, weekdays. Drawn by uPlot; what the pointer
 * is on is read in a line above, and the numbers stand in a table beside.
 */

import uPlot from 'uplot';
import { make, say } from '../dom.js';

/**
 * @typedef {object} Model
 * @property {string} summary what the chart shows, for those who do not see it
 * @property {string[]} names of the bars, or of the edges between them: then one more than bars
 * @property {(number | null)[]} values
 * @property {'sign' | 'plain'} colour by sign of the value, or one for all
 * @property {number[]} [signs] whose sign counts instead of the value's own
 * @property {{ values: (number | null)[], format: (value: number) => string, title: string }} [line] on a scale of its own
 * @property {(value: number) => string} format
 * @property {string} title of the scale
 * @property {(bar: number) => string} read what is said of a bar
 */

/**
 * @param {HTMLElement} element
 * @param {HTMLElement} reading where what the pointer is on is read
 * @param {number} height px
 */
export function mountBars(element, reading, height) {
  const box = make('div', { class: 'bars', role: 'img' });
  element.append(box);
  /** @type {Model | null} */
  let model = null;
  /** @type {uPlot | null} */
  let plot = null;
  let drawn = '';

  function draw() {
    const width = box.clientWidth;
    if (!model || width === 0) return;
    plot?.destroy();
    plot = new uPlot(options(model, box, width, height, point), columnsOf(model), box);
  }

  /** @param {number | null | undefined} bar */
  function point(bar) {
    say(reading, model && bar != null ? model.read(bar) : '');
  }

  const watch = new ResizeObserver(() => {
    if (plot && plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height });
    else if (!plot) draw();
  });
  watch.observe(box);

  return {
    /** @param {Model} given */
    show(given) {
      model = given;
      box.setAttribute('aria-label', given.summary);
      const now = JSON.stringify([given.names, given.values, given.line?.values, given.signs]);
      if (now === drawn) return;
      drawn = now;
      draw();
    },
    /** The colours have changed. */
    redraw: draw,
    dispose() {
      watch.disconnect();
      plot?.destroy();
      box.remove();
    },
  };
}

/** @typedef {ReturnType<typeof mountBars>} Bars */

/**
 * x, bars at or above 0, bars below it, the line.
 * @param {Model} model
 * @returns {uPlot.AlignedData}
 */
function columnsOf({ values, signs, colour, line }) {
  /** @param {number} bar */
  const below = (bar) => colour === 'sign' && (signs?.[bar] ?? values[bar] ?? 0) < 0;
  return /** @type {uPlot.AlignedData} */ ([
    values.map((_, bar) => bar),
    values.map((value, bar) => (below(bar) ? null : value)),
    values.map((value, bar) => (below(bar) ? value : null)),
    ...(line ? [line.values] : []),
  ]);
}

/**
 * @param {Model} model
 * @param {HTMLElement} box
 * @param {number} width
 * @param {number} height
 * @param {(bar: number | null | undefined) => void} point
 * @returns {uPlot.Options}
 */
function options({ names, values, colour, line, format, title }, box, width, height, point) {
  const style = getComputedStyle(box);
  /** @param {string} name */
  const ink = (name) => style.getPropertyValue(name).trim();
  const bars = uPlot.paths.bars?.({ size: [0.72, 48], align: 0 });
  const edges = names.length > values.length;
  const font = `11px ${style.fontFamily}`;
  const axis = { stroke: ink('--text-faint'), font, labelFont: font, labelGap: 0, ticks: { show: false } };
  const solid = { paths: bars, points: { show: false }, width: 0 };
  return {
    width,
    height,
    padding: [10, line ? 0 : 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, focus: { prox: -1 } },
    hooks: {
      setCursor: [(chart) => point(chart.cursor.left != null && chart.cursor.left >= 0 ? chart.cursor.idx : null)],
    },
    scales: {
      x: { time: false, range: [-0.5, values.length - 0.5] },
      y: { range: (_, low, high) => room(low, high) },
      ...(line ? { line: { range: (_, low, high) => room(low, high) } } : {}),
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        gap: 4,
        splits: () => marks(names, values.length, width),
        values: (_, splits) => splits.map((at) => names[edges ? Math.round(at + 0.5) : at] ?? ''),
      },
      {
        ...axis,
        grid: { stroke: ink('--line'), width: 1 },
        size: 54,
        gap: 6,
        space: 28,
        label: title,
        labelSize: 14,
        values: (_, splits) => splits.map(format),
      },
      ...(line
        ? [
            {
              ...axis,
              side: 1,
              scale: 'line',
              grid: { show: false },
              size: 44,
              gap: 6,
              space: 28,
              label: line.title,
              labelSize: 14,
              values: /** @type {uPlot.Axis.DynamicValues} */ ((_, splits) => splits.map(line.format)),
            },
          ]
        : []),
    ],
    series: [
      {},
      { ...solid, fill: colour === 'sign' ? ink('--up') : ink('--buys') },
      { ...solid, fill: ink('--down') },
      ...(line
        ? [{ scale: 'line', stroke: ink('--delta'), width: 1.5, points: { show: true, size: 4, fill: ink('--delta') } }]
        : []),
    ],
  };
}

/**
 * From 0, with some room at the ends.
 * @param {number | null} low
 * @param {number | null} high
 * @returns {[number, number]}
 */
function room(low, high) {
  const [bottom, top] = [Math.min(0, low ?? 0), Math.max(0, high ?? 0)];
  const more = (top - bottom) * 0.06 || 1;
  return [bottom < 0 ? bottom - more : 0, top > 0 ? top + more : bottom < 0 ? 0 : 1];
}

/**
 * Where names stand: at bars, or at the edges between them, as many as have room.
 * @param {string[]} names
 * @param {number} bars
 * @param {number} width px
 */
function marks(names, bars, width) {
  const longest = Math.max(...names.map((name) => name.length)) * 6.5 + 14;
  const every = [1, 2, 3, 4, 6, 8, 12].find((step) => (names.length / step) * longest <= width - 70) ?? 12;
  const offset = names.length > bars ? -0.5 : 0;
  const zero = names.length > bars ? Math.max(0, names.indexOf('0')) % every : 0;
  return names.flatMap((_, at) => (at % every === zero ? [at + offset] : []));
}
