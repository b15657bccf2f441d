/**
 * The top of the page: what and at what price, timeframes and periods, whether it is real, how old and how complete it
 * is; below it what the strategy does, the open position and the prediction.
 */

import './header.css';
import { make, say } from '../dom.js';
import * as format from '../format.js';
import { MINUTE, TIMEFRAMES } from '../state/timeframes.js';
import { mountExports } from './exports.js';
import { icon } from './icons.js';
import { mountLastHour } from './lasthour.js';
import { mountPeriod, newestOf } from './period.js';
import { mountPrediction } from './prediction.js';
import { mountSettings } from './settings.js';

/** @typedef {import('../state/state.js').State} State */

const DAY = 1440 * MINUTE;

/** The shortcuts' names, lengths in ms, and what they are called in full. */
const RANGES = /** @type {[string, number, string][]} */ ([
  ['1D', DAY, 'The last day'],
  ['1W', 7 * DAY, 'The last 7 days'],
  ['1M', 30 * DAY, 'The last 30 days'],
  ['All', Number.POSITIVE_INFINITY, 'Everything that is stored'],
]);

/**
 * How alarming an age is.
 * @param {number} ms
 */
export const alarm = (ms) => (ms > 10 * MINUTE ? 'bad' : ms > 3 * MINUTE ? 'warn' : '');

/**
 * @param {HTMLElement} element
 * @param {HTMLElement} chip the second row's place
 * @param {State} state
 * @param {{
 *   about: () => void, fit: () => void, nav: import('../chart/navigation.js').Navigation,
 *   chart: import('../chart/chart.js').Chart, alerts: Parameters<typeof mountSettings>[2],
 * }} parts
 */
export function mountHeader(element, chip, state, { about, fit, nav, chart, alerts }) {
  const pair = make('span', { class: 'pair' });
  const pairs = make('select', {
    class: 'pair',
    'aria-label': 'Pair',
    hidden: true,
    change: () => state.pair.set(pairs.value),
  });
  const price = make('span', { class: 'price', id: 'price' });
  const frames = TIMEFRAMES.map((timeframe, index) =>
    make(
      'button',
      {
        type: 'button',
        class: 'quiet',
        title: `${timeframe} bars (${index + 1})`,
        'data-timeframe': timeframe,
        click: () => state.timeframe.set(timeframe),
      },
      timeframe,
    ),
  );
  const ranges = RANGES.map(([name, ms, title]) =>
    make('button', { type: 'button', class: 'quiet', title, 'data-range': name, click: () => showLast(ms) }, name),
  );
  const whole = make(
    'button',
    {
      type: 'button',
      class: 'quiet',
      id: 'fit',
      title: 'Fit the bars held into the window (F)',
      'aria-label': 'Fit',
      click: fit,
    },
    icon('fit'),
  );
  const period = make('div', { class: 'period-place' });
  const zone = make('button', { type: 'button', class: 'quiet', id: 'zone', click: switchZone });
  const simulated = make(
    'span',
    { class: 'badge simulated', hidden: true, title: 'A made market: none of these prices happened' },
    'SIMULATED MARKET',
  );
  const paper = make(
    'span',
    { class: 'badge paper', title: 'Trades are on paper: no order leaves this machine' },
    'PAPER',
  );
  const hour = make('span', { class: 'last-hour', id: 'last-hour', role: 'img', 'aria-label': '' });
  const age = make('span', { class: 'age', id: 'age', title: 'Age of the copy of the database shown here' });
  const venues = make('span', { class: 'venues', role: 'list', 'aria-label': 'Exchange feeds' });
  const menus = make('div', { class: 'menus' });
  const version = make(
    'button',
    {
      type: 'button',
      class: 'quiet',
      id: 'open-about',
      title: 'About, versions, keys (?)',
      'aria-label': `v${document.body.dataset.version}, about and keys`,
      click: about,
    },
    make('span', { class: 'version' }, `v${document.body.dataset.version}`),
    make('span', { class: 'mark' }, '?'),
  );
  const prediction = make('div', { id: 'prediction', role: 'status' });
  element.append(
    make(
      'div',
      { class: 'header-row' },
      make('h1', { class: 'what' }, pair, pairs, price),
      make('nav', { class: 'timeframes', 'aria-label': 'Timeframe' }, ...frames),
      make('div', { class: 'ranges', role: 'group', 'aria-label': 'Period' }, ...ranges, whole, period),
      make('div', { class: 'badges' }, paper, simulated, hour, venues, age),
      make('div', { class: 'menus-row' }, zone, menus, version),
    ),
    make('div', { class: 'header-row second' }, chip, prediction),
  );
  const chooser = mountPeriod(period, state, nav);
  mountExports(menus, state, chart);
  const settings = make('div');
  menus.append(settings);
  const parts = [
    mountSettings(settings, state, alerts, about),
    mountLastHour(hour, state),
    mountPrediction(prediction, state),
  ];

  /** Show the newest part in the chart; in the dashboard, figures of it. @param {number} ms */
  function showLast(ms) {
    const to = newestOf(state);
    if (state.dashboard.get()) state.period.set(Number.isFinite(ms) ? { from: to - ms, to } : null);
    else if (Number.isFinite(ms)) nav.last(ms);
    else nav.all();
  }

  function switchZone() {
    state.zone.set(state.zone.get() === 'utc' ? 'local' : 'utc');
  }

  function showZone() {
    const utc = state.zone.get() === 'utc';
    say(zone, utc ? 'UTC' : format.zoneName(Date.now()));
    zone.title = utc ? 'Times are UTC. Click for your own' : 'Times are those of this machine. Click for UTC';
    zone.setAttribute('aria-label', `Time zone: ${zone.textContent}`);
    showVenues();
  }

  function showTimeframe() {
    for (const button of frames)
      button.setAttribute('aria-pressed', String(button.dataset.timeframe === state.timeframe.get()));
  }

  function showPair() {
    const known = state.status.get()?.pairs ?? [];
    const chosen = state.pair.get() ?? known[0] ?? 'cvdbot';
    pair.hidden = known.length > 1;
    pairs.hidden = !pair.hidden;
    say(pair, chosen);
    if (pairs.hidden) return;
    if (pairs.options.length !== known.length)
      pairs.replaceChildren(...known.map((name) => make('option', { value: name }, name)));
    pairs.value = chosen;
  }

  /** The newest price: of the first pair the status tells it, of another the chart has it while it holds the newest bar. */
  function showPrice() {
    const { pairs: known, last_candle: last } = state.status.get() ?? { pairs: [], last_candle: null };
    const first = state.pair.get() === null || state.pair.get() === known[0];
    const bar = first ? last : state.held.get().live ? state.newest.get() : null;
    if (!bar && !first) return;
    say(price, bar ? format.formatPrice(bar.close) : '');
    price.className = `price ${bar && bar.close < bar.open ? 'down' : 'up'}`;
  }

  function showVenues() {
    venues.replaceChildren(
      ...(state.status.get()?.exchanges ?? []).map(({ exchange, mark, connected, last_trade }) => {
        const said = `${exchange} ${connected ? 'connected' : 'not connected'}`;
        const since =
          last_trade === null ? '' : `, last trade ${format.formatClock(last_trade)} ${format.zoneName(last_trade)}`;
        return make(
          'span',
          { class: connected ? 'venue' : 'venue down', role: 'listitem', title: said + since, 'aria-label': said },
          mark,
        );
      }),
    );
  }

  function showStatus() {
    simulated.hidden = state.status.get()?.origin !== 'simulated';
    showPair();
    showPrice();
    showVenues();
    showAge();
  }

  function showAge() {
    const published = state.status.get()?.snapshot?.published;
    if (published === undefined) {
      say(age, '');
      return;
    }
    const ms = state.now.get() - published;
    say(age, `${format.formatDuration(ms)} ago`);
    age.className = `age ${alarm(ms)}`;
  }

  const stop = [
    state.timeframe.subscribe(showTimeframe),
    state.status.subscribe(showStatus),
    state.pair.listen(showStatus),
    state.newest.listen(showPrice),
    state.zone.subscribe(showZone),
    state.now.listen(showAge),
  ];
  return {
    goTo: chooser.goTo,
    dispose() {
      for (const end of [...stop, ...parts, chooser.dispose]) end();
      element.replaceChildren();
    },
  };
}
