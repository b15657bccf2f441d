/**
 * Where components and imperative parts meet: an empty element that a part mounts on, and a tree rendered into a place.
 */

import { h, render } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * An empty element that an imperative part fills and lets go of. It is mounted with the first rendering, before anything
 * is painted; another part needs another `key`.
 * @param {{
 *   mount: (element: HTMLElement) => void | (() => void), as?: 'div' | 'span',
 *   [attribute: string]: unknown,
 * }} props
 */
export function Island({ mount, as = 'div', ...attributes }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => mount(/** @type {HTMLElement} */ (place.current)), []);
  return h(as, { ref: place, ...attributes });
}

/**
 * Render into an element that is this tree's alone.
 * @param {HTMLElement} element
 * @param {import('preact').ComponentChild} tree
 * @returns {() => void} takes it away
 */
export function mountTree(element, tree) {
  render(tree, element);
  return () => render(null, element);
}
