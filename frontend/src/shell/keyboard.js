/**
 * The keyboard. Keys typed into a field, a dialog, a menu or with a modifier are left alone, and those that type
 * something while the reader has switched them off.
 */

import { tinykeys } from 'tinykeys';
import { BINDINGS } from './keys.js';

/** What has its own use for keys. A dialog that was closed may keep the cursor for a moment: it has none any more. */
const TYPING = 'input, select, textarea, dialog[open], :popover-open, [contenteditable]';

/** What the browser itself closes on Escape. */
const OPEN = ':popover-open, dialog[open]';

/**
 * @param {import('./keys.js').Parts} parts
 * @returns {() => void}
 */
export function listenToKeys(parts) {
  /** @param {import('./keys.js').Binding} binding */
  const handler =
    ({ name, act, character }) =>
    (/** @type {KeyboardEvent} */ event) => {
      const taken = event.defaultPrevented || (event.target instanceof Element && event.target.closest(TYPING));
      if (taken || (character && parts.state.charactersOff.get())) return;
      if (name === 'Escape' && document.querySelector(OPEN)) return;
      event.preventDefault();
      act(parts);
    };
  return tinykeys(window, Object.fromEntries(BINDINGS.map((binding) => [binding.name, handler(binding)])));
}
