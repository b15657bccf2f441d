/**
 * Fair value gaps and order blocks, all in one layer behind the candles.
 *
 * Filled and framed while open, faint and dashed once ended; one that a setup took has a strong frame, and the line the
 * price had to come back to where the setup waits for that. A block has a thick left edge: the bar it is made of. A box
 * that is high and wide enough says what it is, so that colour is not the only sign; zones of another timeframe than the
 * one shown have colours of their own.
 */

import { SPANS } from '../../state/timeframes.js';
import { lateBy } from '../overlaydata.js';
import { PRICE } from '../panes.js';
import { boxAt, boxesOf } from '../primitives/boxes.js';
import { createLayer } from '../primitives/layer.js';
import { sayZone } from '../said.js';
import { labelOf, lookOf, newestOf, withTaken, zonesOf } from './zonelist.js';

/** @typedef {import('../primitives/boxes.js').Zone} Zone */

/** Width of a block's left edge, CSS px. */
const BLOCK_EDGE = 3;

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
    arrange: (now) => boxesOf(state.overlays.get().allzones ? zones : newestOf(zones, now), now),
    at: boxAt,
    paint: (context, boxes, { width }) => paint(context, boxes, width, theme(), otherTimeframe()),
  });
  candles.attachPrimitive(layer.primitive);

  /** The timeframe of the zones, where it is not that of the bars. */
  function otherTimeframe() {
    const { timeframe } = overlays.signals.get();
    return SPANS[timeframe] === data().span ? '' : timeframe;
  }

  function place() {
    const { answer, timeframe, setups } = overlays.signals.get();
    const late = lateBy(timeframe, data().span);
    const selected = state.selected.get();
    zones = answer ? withTaken(zonesOf(answer, state.overlays.get(), late), setups, { selected, late }) : [];
    layer.redraw();
  }

  const stop = [overlays.signals.listen(place), state.overlays.listen(place), state.selected.listen(place)];
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
 * @param {number} pane its width, CSS px
 * @param {import('../theme.js').Theme} theme
 * @param {string} timeframe of the zones, where it is not the one shown; '' otherwise
 */
function paint(context, boxes, pane, { up, down, otherUp, otherDown }, timeframe) {
  context.font = '10px system-ui, sans-serif';
  context.textBaseline = 'top';
  context.textAlign = 'right';
  for (const box of boxes) {
    const { zone, left, right, top, bottom, back } = box;
    const [x, y] = [Math.round(left), Math.round(top)];
    const [width, height] = [Math.max(1, Math.round(right) - x), Math.max(1, Math.round(bottom) - y)];
    const look = lookOf(zone);
    const colour = zone.direction === 'bull' ? (timeframe ? otherUp : up) : timeframe ? otherDown : down;
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.globalAlpha = look.fill;
    context.fillRect(x, y, width, height);
    context.globalAlpha = look.frame;
    context.lineWidth = look.width;
    context.setLineDash(look.dash);
    const inset = look.width / 2;
    context.strokeRect(x + inset, y + inset, Math.max(0, width - 2 * inset), Math.max(0, height - 2 * inset));
    context.setLineDash([]);
    if (zone.kind === 'block') context.fillRect(x, y, Math.min(BLOCK_EDGE, width), height);
    if (back) {
      context.fillRect(Math.round(back.left), Math.round(back.y) - 1, Math.max(1, back.right - back.left), 2);
      if (zone.retracement?.came) context.fillRect(Math.round(back.right) - 3, Math.round(back.y) - 3, 6, 6);
    }
    const label = labelOf(box, pane, timeframe);
    context.globalAlpha = 0.9;
    if (label) context.fillText(label.text, label.x, label.y);
    context.globalAlpha = 1;
  }
  context.textAlign = 'start';
}
