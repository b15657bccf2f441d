/**
 * The chart as a picture: every pane, and the legends drawn where they stand on the screen, since they are no part of
 * the canvas; with a title that says of what it is and that it is paper, or a market that never was.
 */

import * as format from '../format.js';
import { pairOf } from '../state/pair.js';

/**
 * @param {HTMLElement} element of the chart
 * @param {HTMLCanvasElement} canvas of all panes
 * @param {import('../state/state.js').State} state
 * @param {import('./theme.js').Theme} theme
 */
export function drawPicture(element, canvas, state, theme) {
  const scale = canvas.width / element.clientWidth;
  const head = Math.round(30 * scale);
  const picture = document.createElement('canvas');
  picture.width = canvas.width;
  picture.height = canvas.height + head;
  const context = picture.getContext('2d');
  if (!context) throw new Error('this browser gives no canvas to draw the picture on');
  context.fillStyle = theme.background;
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(canvas, 0, head);
  context.scale(scale, scale);
  drawTitle(context, state, theme);
  context.translate(0, head / scale);
  const { left, top } = element.getBoundingClientRect();
  for (const legend of element.querySelectorAll('.legend')) drawText(context, legend, left, top);
  return picture;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import('../state/state.js').State} state
 * @param {import('./theme.js').Theme} theme
 */
function drawTitle(context, state, theme) {
  const status = state.status.get();
  const { centre } = state.view.get();
  const parts = [
    pairOf(state) ?? '',
    state.held.get().timeframe,
    centre === null ? '' : `${format.formatDay(centre)} ${format.formatYear(centre)} ${format.zoneName(centre)}`,
    'PAPER',
    status?.origin === 'simulated' ? 'SIMULATED MARKET: none of these prices happened' : '',
  ];
  context.font = `600 13px ${getComputedStyle(document.body).fontFamily}`;
  context.fillStyle = theme.text;
  context.textBaseline = 'middle';
  context.fillText(parts.filter(Boolean).join(' \u00b7 '), 10, 16);
}

/**
 * Draw the text of an element where it stands; controls are left out.
 * @param {CanvasRenderingContext2D} context
 * @param {Element} element
 * @param {number} left of the chart
 * @param {number} top
 */
function drawText(context, element, left, top) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    const text = node.textContent?.trim();
    if (!parent || !text || parent.closest('.chips')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width === 0) continue; // hidden
    const style = getComputedStyle(parent);
    context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    context.fillStyle = style.color;
    context.textBaseline = 'middle';
    context.fillText(text, box.left - left, box.top - top + box.height / 2);
  }
}
