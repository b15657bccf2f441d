/**
 * The buttons that lie on the chart: the way back to the newest bar, seen only when it is out of sight, and how the
 * price scale is drawn, at its foot.
 */

import './tools.css';
import { make } from '../dom.js';
import { icon } from './icons.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 */
export function mountTools(element, state, nav) {
  const now = make(
    'button',
    {
      type: 'button',
      class: 'quiet',
      id: 'now',
      title: 'To the newest bar (End)',
      'aria-label': 'To the newest bar',
      click: () => nav.newest(),
    },
    icon('newest'),
  );
  const auto = toggle('auto', 'A', 'The price scale follows the candles (A)', 'Automatic price scale', state.autoScale);
  const log = toggle('log', 'L', 'Logarithmic price scale (L)', 'Logarithmic price scale', state.log);
  const foot = make('div', { class: 'scale-foot', role: 'group', 'aria-label': 'Price scale' }, auto, log);
  element.append(now, foot);

  const stop = [
    state.view.subscribe(({ following }) => {
      now.hidden = following;
    }),
    state.autoScale.subscribe((on) => auto.setAttribute('aria-pressed', String(on))),
    state.log.subscribe((on) => log.setAttribute('aria-pressed', String(on))),
  ];
  return () => {
    for (const end of stop) end();
    element.replaceChildren();
  };
}

/**
 * @param {string} id
 * @param {string} text
 * @param {string} title
 * @param {string} label
 * @param {import('nanostores').WritableAtom<boolean>} flag
 */
const toggle = (id, text, title, label, flag) =>
  make(
    'button',
    {
      type: 'button',
      class: 'quiet',
      id: `scale-${id}`,
      title,
      'aria-label': label,
      click: () => flag.set(!flag.get()),
    },
    text,
  );
