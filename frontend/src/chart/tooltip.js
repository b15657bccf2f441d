/**
 * The tooltip over the chart: a small card beside the mouse, turned at the edges, never in the mouse's way.
 */

import './tooltip.css';
import { make } from '../dom.js';

/** Distance to the mouse, CSS px. */
const AWAY = 14;

/** @param {HTMLElement} element of the chart */
export function mountTooltip(element) {
  const card = make('div', { id: 'chart-tip', class: 'tip', role: 'tooltip', hidden: true });
  element.append(card);
  let said = '';

  return {
    /**
     * @param {import('./said.js').Said} what
     * @param {number} x of the mouse, CSS px from the element's corner
     * @param {number} y
     */
    show({ title, tone, lines }, x, y) {
      const text = JSON.stringify([title, tone, lines]);
      if (text !== said) {
        said = text;
        const rows = lines.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]);
        card.replaceChildren(make('strong', { class: tone }, title), make('dl', {}, ...rows));
      }
      card.hidden = false;
      const { offsetWidth: width, offsetHeight: height } = card;
      const left = x + AWAY + width > element.clientWidth ? x - AWAY - width : x + AWAY;
      const top = y + AWAY + height > element.clientHeight ? y - AWAY - height : y + AWAY;
      card.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
    },
    hide() {
      card.hidden = true;
    },
  };
}
