/**
 * A box that a button opens under itself: the browser's own popover, so Escape and a click elsewhere close it, the tab
 * key walks into it, and the cursor comes back to the button.
 */

import './popover.css';
import { make } from '../dom.js';

/** Room, px, between the box and the button, and to the window's edges. */
const ROOM = 6;

/**
 * @param {HTMLButtonElement} button
 * @param {string} id
 * @param {string} label what the box is, for screen readers
 * @param {...Node} content
 */
export function mountPopover(button, id, label, ...content) {
  const box = make('div', { id, class: 'popover', popover: 'auto', role: 'dialog', 'aria-label': label }, ...content);
  button.setAttribute('aria-haspopup', 'dialog');
  button.setAttribute('aria-controls', id);
  button.setAttribute('aria-expanded', 'false');
  button.popoverTargetElement = box;
  button.after(box);

  function place() {
    const { left, right, bottom } = button.getBoundingClientRect();
    const { width } = box.getBoundingClientRect();
    const fits = left + width + ROOM <= innerWidth;
    const at = fits ? left : Math.max(ROOM, Math.min(right, innerWidth - ROOM) - width);
    box.style.setProperty('left', `${at}px`);
    box.style.setProperty('top', `${bottom + ROOM}px`);
    box.style.setProperty('max-height', `${innerHeight - bottom - 2 * ROOM}px`);
  }

  /** @param {Event} event */
  function toggled(event) {
    const open = /** @type {ToggleEvent} */ (event).newState === 'open';
    button.setAttribute('aria-expanded', String(open));
    if (open) place();
  }
  box.addEventListener('toggle', toggled);
  return box;
}
