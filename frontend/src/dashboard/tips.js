/**
 * Labels that explain themselves: hovered or focused, each shows what it means in one box for all of them. Escape puts
 * the box away before anything else when the keyboard brought it up.
 */

import { make } from '../dom.js';

/** @typedef {import('./figures.js').Help} Help */

/** @param {HTMLElement} root in which the labels are */
export function createTips(root) {
  const tip = make('div', { id: 'dashboard-tip', role: 'tooltip', hidden: true });
  root.append(tip);
  /** @type {WeakMap<Element, readonly Help[]>} */
  const helps = new WeakMap();
  /** @type {Element | null} */
  let shown = null;

  /** @param {Element} label */
  function show(label) {
    const help = helps.get(label) ?? [];
    if (shown === label || help.length === 0) return;
    hide();
    shown = label;
    tip.replaceChildren(...help.map(({ title, text }) => make('p', {}, make('strong', {}, title), ' ', text)));
    tip.hidden = false;
    label.setAttribute('aria-describedby', tip.id);
    place((label.closest('.tile') ?? label).getBoundingClientRect());
  }

  /** Below the label, or above it where there is no room; never beyond the window. @param {DOMRect} at */
  function place(at) {
    const { width, height } = tip.getBoundingClientRect();
    const below = at.bottom + 6 + height <= innerHeight - 8;
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    tip.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - 6 - height)}px`;
  }

  function hide() {
    shown?.removeAttribute('aria-describedby');
    shown = null;
    tip.hidden = true;
  }

  /** @param {Event} event */
  const labelOf = (event) => (event.target instanceof Element ? event.target.closest('.explained') : null);
  /** @param {Event} event */
  const over = (event) => {
    const label = labelOf(event);
    if (label) show(label);
    else if (shown && shown !== document.activeElement) hide();
  };
  /** @param {Event} event */
  const focused = (event) => {
    const label = labelOf(event);
    if (label?.matches(':focus-visible')) show(label);
    else hide();
  };
  /** @param {Event} event */
  const tapped = (event) => {
    const label = labelOf(event);
    if (label) show(label);
  };
  /** @param {KeyboardEvent} event */
  const dismiss = (event) => {
    if (event.key !== 'Escape' || !shown || shown !== document.activeElement) return;
    event.stopPropagation();
    hide();
  };
  root.addEventListener('pointerover', over);
  root.addEventListener('pointerleave', hide);
  root.addEventListener('focusin', focused);
  root.addEventListener('focusout', hide);
  root.addEventListener('click', tapped);
  root.addEventListener('keydown', dismiss, { capture: true });
  root.addEventListener('scroll', hide, { passive: true });

  return {
    /**
     * A label; what explains it may come later.
     * @param {string} text
     * @param {readonly Help[]} [help]
     */
    label(text, help = []) {
      const label = make('button', { type: 'button', class: 'explained' }, text);
      helps.set(label, help);
      return label;
    },
    /**
     * @param {Element} label
     * @param {readonly Help[]} help
     */
    explain: (label, help) => helps.set(label, help),
    dispose() {
      root.removeEventListener('pointerover', over);
      root.removeEventListener('pointerleave', hide);
      root.removeEventListener('focusin', focused);
      root.removeEventListener('focusout', hide);
      root.removeEventListener('click', tapped);
      root.removeEventListener('keydown', dismiss, { capture: true });
      root.removeEventListener('scroll', hide);
      tip.remove();
    },
  };
}

/** @typedef {ReturnType<typeof createTips>} Tips */
