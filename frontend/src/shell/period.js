/**
 * Any period: a month picked as a whole, from a day to a day, the last bars, or an instant to go to. It moves the chart;
 * with the dashboard open, or when it is wished, it is also what tables and figures are of.
 */

import './period.css';
import { make, say } from '../dom.js';
import { getCandles } from '../server/api.js';
import { newestMinute, pairOf } from '../state/pair.js';
import { MINUTE } from '../state/timeframes.js';
import {
  daysRange,
  MONTH_NAMES,
  monthOf,
  monthRange,
  periodWords,
  readMoment,
  writeDay,
  writeMoment,
} from './calendar.js';
import { icon } from './icons.js';
import { mountPopover } from './popover.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Period} Period */

/** Most bars that can be asked for at once: what the chart holds. */
const MOST = 5000;

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 */
export function mountPeriod(element, state, nav) {
  const button = make(
    'button',
    {
      type: 'button',
      class: 'quiet',
      id: 'open-period',
      title: 'A period, the last bars, or a date to go to (G)',
      'aria-label': 'Choose a period',
    },
    icon('calendar'),
  );
  const chosen = make('button', {
    type: 'button',
    class: 'quiet chosen-period',
    id: 'chosen-period',
    title: 'Tables and figures are of this period only. Click for all of it',
    hidden: true,
    click: () => state.period.set(null),
  });
  element.append(button, chosen);

  const year = make('b', { 'aria-live': 'polite' });
  const earlier = stepper('left', 'The year before', -1);
  const later = stepper('right', 'The year after', 1);
  const months = MONTH_NAMES.map((name, month) =>
    make(
      'button',
      { type: 'button', class: 'plain', click: () => take(monthRange(seen, month, state.zone.get())) },
      name.slice(0, 3),
    ),
  );
  const from = make('input', { type: 'date', id: 'period-from', required: true });
  const to = make('input', { type: 'date', id: 'period-to', required: true });
  const count = make('input', {
    type: 'number',
    id: 'period-bars',
    min: '10',
    max: String(MOST),
    step: '1',
    value: '500',
    required: true,
  });
  const moment = make('input', { type: 'datetime-local', id: 'period-moment', required: true });
  const figures = make('input', { type: 'checkbox', role: 'switch', id: 'period-figures' });
  const zone = make('span', { class: 'zone-name' });
  const problem = make('p', { class: 'bad', role: 'alert', hidden: true });

  const box = mountPopover(
    button,
    'period',
    'Period',
    make(
      'div',
      { class: 'group' },
      make('div', { class: 'year' }, earlier, year, later),
      make('div', { class: 'months' }, ...months),
    ),
    form('Show from a day to a day', days, field('From', from), field('to', to)),
    form('Show the last bars', lastBars, field('Bars', count)),
    form('Go to', goTo, make('label', { for: 'period-moment' }, 'Instant ', zone), moment),
    make(
      'div',
      { class: 'group' },
      make('label', { class: 'choice', for: 'period-figures' }, figures, 'Tables and figures of this period too'),
      problem,
    ),
  );

  /** The year whose months are shown. */
  let seen = 0;
  /** The first stored day of a pair, as far as it is known. */
  let first = { pair: '', instant: Number.NEGATIVE_INFINITY };

  /**
   * @param {'left' | 'right'} name
   * @param {string} label
   * @param {1 | -1} by
   */
  function stepper(name, label, by) {
    const act = () => {
      seen += by;
      showMonths();
    };
    return make('button', { type: 'button', class: 'quiet', 'aria-label': label, click: act }, icon(name));
  }

  function showMonths() {
    const zone = state.zone.get();
    const newest = newestOf(state);
    say(year, String(seen));
    months.forEach((month, index) => {
      const range = monthRange(seen, index, zone);
      month.disabled = range.from > newest || range.to <= first.instant;
      month.setAttribute('aria-label', `${month.textContent} ${seen}`);
      month.title = `${MONTH_NAMES[index]} ${seen}`;
    });
    earlier.disabled = monthRange(seen, 0, zone).from <= first.instant;
    later.disabled = monthRange(seen + 1, 0, zone).from > newest;
  }

  /** Say what is wrong, if anything is. @param {string} text */
  function complain(text) {
    say(problem, text);
    problem.hidden = text === '';
  }

  /** @param {Period} range */
  function take(range) {
    box.hidePopover();
    if (state.dashboard.get() || figures.checked) state.period.set(range);
    if (!state.dashboard.get())
      nav.range(range.from, Math.min(range.to, Math.max(range.from + MINUTE, newestOf(state))));
  }

  function days() {
    const range = daysRange(from.value, to.value, state.zone.get());
    if (range) take(range);
    else complain(`A period ends after it begins: ${from.value} to ${to.value} does not.`);
  }

  function lastBars() {
    box.hidePopover();
    nav.newest(Number(count.value));
  }

  function goTo() {
    const instant = readMoment(moment.value, state.zone.get());
    const newest = newestOf(state);
    if (instant === null) return;
    if (instant < first.instant || instant > newest) {
      const zone = state.zone.get();
      complain(`Stored is ${writeMoment(first.instant, zone)} to ${writeMoment(newest, zone)}.`.replaceAll('T', ' '));
      return;
    }
    box.hidePopover();
    nav.goTo(instant);
  }

  async function opened() {
    const now = state.zone.get();
    const { centre } = state.view.get();
    const at = centre ?? newestOf(state);
    const shown = state.period.get();
    complain('');
    say(zone, now === 'utc' ? '(UTC)' : '(local time)');
    seen = monthOf(shown?.from ?? at, now).year;
    from.value = writeDay(shown?.from ?? at, now);
    to.value = writeDay(shown ? shown.to - 1 : newestOf(state), now);
    moment.value = writeMoment(at, now);
    figures.disabled = state.dashboard.get();
    figures.checked = state.dashboard.get() || shown !== null;
    showMonths();
    const pair = pairOf(state) ?? '';
    if (first.pair === pair) return;
    const { candles } = await getCandles({ timeframe: '1m', from: 0, limit: 1, pair: pair || undefined }).catch(() => ({
      candles: { timestamp: [] },
    }));
    if (candles.timestamp.length === 0) return;
    first = { pair, instant: candles.timestamp[0] };
    showMonths();
  }
  box.addEventListener('beforetoggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === 'open') opened();
  });

  function showChosen() {
    const period = state.period.get();
    chosen.hidden = period === null;
    if (period) chosen.replaceChildren(make('span', {}, periodWords(period, state.zone.get())), icon('close'));
  }
  const stop = [state.period.subscribe(showChosen), state.zone.listen(showChosen)];

  return {
    /** Open it with the cursor where an instant is written. */
    goTo() {
      if (!box.matches(':popover-open')) button.click();
      moment.focus();
    },
    dispose() {
      for (const end of stop) end();
      element.replaceChildren();
    },
  };
}

/**
 * @param {string} title
 * @param {() => void} submit
 * @param {...Node} fields
 */
function form(title, submit, ...fields) {
  const act = (/** @type {Event} */ event) => {
    event.preventDefault();
    submit();
  };
  return make(
    'form',
    { class: 'group row', 'aria-label': title, submit: act },
    ...fields,
    make('button', { type: 'submit', class: 'plain', 'aria-label': title }, title.startsWith('Go') ? 'Go' : 'Show'),
  );
}

/**
 * @param {string} label
 * @param {HTMLInputElement} input
 */
const field = (label, input) => make('label', { for: input.id }, `${label} `, input);

/** The end of what is stored, ms. @param {State} state */
export const newestOf = (state) => (newestMinute(state) ?? state.now.get() - MINUTE) + MINUTE;
