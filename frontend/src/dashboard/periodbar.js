/**
 * The filter that everything on the dashboard obeys, and the tables beside it: all, the last month, week or day, or from
 * one UTC date to another. The last day stays the last day while new minutes come.
 */

import { make, say } from '../dom.js';
import { newestMinute } from '../state/pair.js';
import { datesOf, PRESET_WORDS, PRESETS, periodOf, periodOfDates, presetOf } from './period.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 */
export function mountPeriod(element, state) {
  const presets = PRESETS.map((preset) =>
    make(
      'button',
      {
        type: 'button',
        class: 'quiet',
        title: PRESET_WORDS[preset],
        'data-period': preset,
        click: () => state.period.set(periodOf(preset, newest())),
      },
      preset === 'all' ? 'All' : preset,
    ),
  );
  const from = make('input', { type: 'date', 'aria-label': 'From day, UTC', change: chooseDates });
  const to = make('input', { type: 'date', 'aria-label': 'To day, UTC, which counts', change: chooseDates });
  const wrong = make('span', { class: 'bad', role: 'alert' });
  element.append(
    make('div', { class: 'period-presets', role: 'group', 'aria-label': 'Period' }, ...presets),
    make(
      'div',
      { class: 'period-dates' },
      from,
      make('span', { 'aria-hidden': 'true' }, '\u2013'),
      to,
      make('small', {}, 'UTC'),
      wrong,
    ),
  );

  const newest = () => newestMinute(state);
  let before = newest();

  function chooseDates() {
    if (!from.value && !to.value) return;
    if (!from.value || !to.value) return; // the other one comes
    const period = periodOfDates(from.value, to.value);
    say(wrong, typeof period === 'string' ? period : '');
    if (typeof period !== 'string') state.period.set(period);
  }

  function show() {
    const period = state.period.get();
    const preset = presetOf(period, newest());
    presets.forEach((button, index) => {
      button.setAttribute('aria-pressed', String(PRESETS[index] === preset));
    });
    const dates = period ? datesOf(period) : { from: '', to: '' };
    if (document.activeElement !== from) from.value = dates.from;
    if (document.activeElement !== to) to.value = dates.to;
    say(wrong, '');
  }

  /** A new minute: what was the last day moves on with it. */
  function advance() {
    const now = newest();
    const preset = presetOf(state.period.get(), before);
    const moved = now !== before && before != null && preset !== null && preset !== 'all';
    before = now;
    if (moved) state.period.set(periodOf(preset, now));
    show();
  }

  const stop = [state.period.subscribe(show), state.status.listen(advance)];
  return () => {
    for (const end of stop) end();
  };
}
