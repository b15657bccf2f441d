/**
 * CVD crosses as marks: a small triangle below the bar where the CVD turned positive, above it where it turned
 * negative. A shown bar that holds several of one direction has one mark that counts them. Pure, but for the painting.
 */

import { indexAt } from '../../state/bars.js';
import { lateBy } from '../overlaydata.js';
import { PRICE } from '../panes.js';
import { createLayer } from '../primitives/layer.js';
import { sayCross } from '../said.js';

/** @typedef {{ timestamp: number, direction: string }} Signal */
/** @typedef {{ time: number, direction: string, instants: number[], low: number, high: number }} Cross at a shown bar */
/** @typedef {{ cross: Cross, x: number, y: number, bull: boolean }} CrossShape */

const SIZE = 4;
const GAP = 5;

/**
 * Signals at the bars they fall into; those without a bar are left out.
 * @param {readonly Signal[]} signals
 * @param {number} span length of a shown bar, ms
 * @param {ArrayLike<number>} times
 * @param {readonly { low: number, high: number }[]} bars
 * @param {number} [late] how far into the signal's bar the mark stands: below its timeframe, at the last minute
 * @returns {Cross[]}
 */
export function crossesOf(signals, span, times, bars, late = 0) {
  /** @type {Map<string, Cross>} */
  const found = new Map();
  for (const { timestamp, direction } of signals) {
    const index = indexAt(times, timestamp + late);
    const bar = bars[index];
    if (!bar || timestamp + late - times[index] >= span) continue;
    const key = `${times[index]} ${direction}`;
    const cross = found.get(key);
    if (cross) cross.instants.push(timestamp);
    else found.set(key, { time: times[index], direction, instants: [timestamp], low: bar.low, high: bar.high });
  }
  return [...found.values()];
}

/**
 * @param {readonly Cross[]} crosses
 * @param {import('../primitives/scale.js').Scale} scale
 * @returns {CrossShape[]}
 */
export function crossShapes(crosses, scale) {
  /** @type {CrossShape[]} */
  const shapes = [];
  for (const cross of crosses) {
    if (cross.time < scale.from || cross.time > scale.to) continue;
    const bull = cross.direction === 'bull';
    const y = scale.y(bull ? cross.low : cross.high);
    if (y !== null) shapes.push({ cross, x: scale.x(cross.time), y: y + (bull ? GAP : -GAP), bull });
  }
  return shapes;
}

/**
 * @param {import('../layers.js').Ground} chart
 * @param {import('../../state/state.js').State} state
 */
export function mount({ candles, data, theme, overlays, scaleOf }, state) {
  /** @type {readonly Cross[]} */
  let crosses = [];
  const layer = createLayer({
    scale: scaleOf(candles),
    arrange: (now) => crossShapes(crosses, now),
    at: (shapes, x, y) =>
      shapes.find(
        (shape) => Math.abs(x - shape.x) <= SIZE + 3 && Math.abs(y - shape.y - (shape.bull ? SIZE : -SIZE)) <= SIZE + 3,
      ) ?? null,
    paint(context, shapes) {
      const { up, down } = theme();
      for (const [bull, colour] of /** @type {[boolean, string][]} */ ([
        [true, up],
        [false, down],
      ])) {
        const way = bull ? 1 : -1;
        context.fillStyle = colour;
        context.beginPath();
        for (const { x, y, bull: mine } of shapes) {
          if (mine !== bull) continue;
          context.moveTo(x, y);
          context.lineTo(x - SIZE, y + way * SIZE * 1.6);
          context.lineTo(x + SIZE, y + way * SIZE * 1.6);
          context.closePath();
        }
        context.fill();
      }
    },
  });
  candles.attachPrimitive(layer.primitive);

  function place() {
    const { answer, timeframe } = overlays.signals.get();
    const { span, times, values } = data();
    const late = lateBy(timeframe, span);
    crosses = answer && state.overlays.get().signals ? crossesOf(answer.signals, span, times, values, late) : [];
    layer.redraw();
  }

  const stop = [overlays.signals.listen(place), state.overlays.listen(place)];
  return {
    shapes: layer.shapes,
    draw: place,
    /** @param {import('../layers.js').Point} point */
    under({ pane, x, y }) {
      const found = pane === PRICE ? layer.at(x, y) : null;
      const { timeframe } = overlays.signals.get();
      return found && { say: () => sayCross(found.cross, timeframe) };
    },
    dispose() {
      for (const end of stop) end();
    },
  };
}
