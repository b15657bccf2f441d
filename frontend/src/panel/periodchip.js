/**
 * Says that a period is chosen, and lets go of it: a short table should not look like a short history.
 */

import { make, say } from '../dom.js';
import { tellStretch } from './inputs.js';

/**
 * @param {HTMLElement} element
 * @param {import('../state/state.js').State} state
 */
export function mountPeriod(element, state) {
  const text = make('span');
  const chip = make(
    'button',
    {
      type: 'button',
      class: 'quiet period-chip',
      title: 'Only of this period: click for all',
      click: () => state.period.set(null),
    },
    text,
    make('span', { 'aria-hidden': 'true' }, '\u00d7'),
  );
  element.append(chip);
  function show() {
    const period = state.period.get();
    chip.hidden = period === null;
    if (period) say(text, tellStretch(period));
  }
  const stop = [state.period.subscribe(show), state.zone.listen(show)];
  return () => {
    for (const end of stop) end();
    chip.remove();
  };
}
