/**
 * Fair value gaps and order blocks, all in one layer behind the candles.
 *
 * A gap is filled, a block is framed as well; one that a setup took has a strong frame. A box that is high and wide
 * enough says what it is, so that colour is not the only sign.
 */

import { SPANS } from '../../state/timeframes.js';
import { lateBy } from '../overlaydata.js';
import { PRICE } from '../panes.js';
import { boxAt, boxesOf } from '../primitives/boxes.js';
import { createLayer } from '../primitives/layer.js';
import { sayZone } from '../said.js';
import { withTaken, zonesOf } from './zonelist.js';

/** @typedef {import('../primitives/boxes.js').Zone} Zone */

/** Of the theme's faint colours. */
const FILL = 0.65;
/** Room a label needs, CSS px. */
const LABEL = { width: 46, height: 13 };

/**
 * @param {import('../layers.js').Ground} chart
 * @param {import('../../state/state.js').State} state
 */
export function mount({ candles, data, theme, overlays, scaleOf }, state) {
  /** @type {readonly Zone[]} */
  let zones = [];
  const layer = createLayer({
    scale: scaleOf(candles),
    zOrder: 'bottom',
    arrange: (now) => boxesOf(zones, now),
    at: boxAt,
    paint: (context, boxes) => paint(context, boxes, theme()),
  });
  candles.attachPrimitive(layer.primitive);

  function place() {
    const { answer, timeframe, setups } = overlays.signals.get();
    const late = lateBy(timeframe, data().span);
    zones = answer ? withTaken(zonesOf(answer, state.overlays.get(), late), setups) : [];
    layer.redraw();
  }

  const stop = [overlays.signals.listen(place), state.overlays.listen(place)];
  return {
    shapes: layer.shapes,
    draw: place,
    /** @param {import('../layers.js').Point} point */
    under({ pane, x, y }) {
      const box = pane === PRICE ? layer.at(x, y) : null;
      const { timeframe } = overlays.signals.get();
      return box && { ground: true, say: () => sayZone(box.zone, timeframe, SPANS[timeframe]) };
    },
    dispose() {
      for (const end of stop) end();
    },
  };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {readonly import('../primitives/boxes.js').Box[]} boxes
 * @param {import('../theme.js').Theme} theme
 */
function paint(context, boxes, { up, down, upFaint, downFaint }) {
  context.font = '10px system-ui, sans-serif';
  context.textBaseline = 'top';
  for (const { zone, left, right, top, bottom } of boxes) {
    const [x, y] = [Math.round(left), Math.round(top)];
    const [width, height] = [Math.max(1, Math.round(right) - x), Math.max(1, Math.round(bottom) - y)];
    const bull = zone.direction === 'bull';
    context.fillStyle = bull ? upFaint : downFaint;
    context.globalAlpha = FILL; // the shade of a trade's outcome is stronger
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
    if (zone.kind === 'block' || zone.taken) {
      context.strokeStyle = bull ? up : down;
      context.globalAlpha = zone.taken ? 0.95 : 0.45;
      context.setLineDash(zone.kind === 'block' ? [] : [3, 2]);
      context.strokeRect(x + 0.5, y + 0.5, Math.max(0, width - 1), Math.max(0, height - 1));
      context.globalAlpha = 1;
    }
    if (width >= LABEL.width && height >= LABEL.height) {
      context.fillStyle = bull ? up : down;
      context.globalAlpha = 0.7;
      context.fillText(
        `${zone.kind === 'gap' ? 'FVG' : 'OB'} ${bull ? '\u25b2' : '\u25bc'}`,
        Math.max(x, 0) + 4,
        y + 2,
      );
      context.globalAlpha = 1;
    }
  }
}
