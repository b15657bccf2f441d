/**
 * The dashboard's layout: who and when above, figures as tiles, then curves and tables from what matters most to what is
 * looked up. Each part shows what is known of it, says that it waits, or why there is nothing.
 */

import { make, say } from '../dom.js';
import * as format from '../format.js';
import { accountNow, MODE_WORDS, othersOf, queryOf } from '../panel/accounts.js';
import { mountAccount } from '../panel/chooser.js';
import { capital } from '../panel/words.js';
import { mountMarket } from './market.js';
import { sayPeriod } from './period.js';
import { mountPeriod } from './periodbar.js';
import { mountResults } from './results.js';
import { createSource } from './source.js';
import { LABELS, remarksOf, tilesOf } from './tiles.js';
import { mountTiles } from './tilesview.js';
import { createTips } from './tips.js';
import { mountTradewise } from './tradewise.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 * @returns {() => void}
 */
export function mountView(element, state, nav) {
  void nav;
  const tips = createTips(element);
  const source = createSource(state);

  const who = make('span', { class: 'who' });
  const when = make('span', { class: 'when' });
  const simulated = make(
    'span',
    { class: 'badge simulated', title: 'A made market: none of these prices happened' },
    'SIMULATED',
  );
  const chooser = make('div', { class: 'account' });
  const filter = make('div', { class: 'period' });
  const figures = make(
    'a',
    {
      class: 'plain figures-csv',
      download: true,
      href: '#',
      title: 'Every figure of the account and the period, with its unit, n and definition',
    },
    'CSV',
  );
  const close = make(
    'button',
    {
      type: 'button',
      class: 'quiet close',
      title: 'Close (Esc)',
      'aria-label': 'Close the dashboard',
      click: () => state.dashboard.set(false),
    },
    '\u00d7',
  );
  const head = make(
    'header',
    { class: 'dashboard-head' },
    make(
      'h2',
      {},
      who,
      make('span', { class: 'badge', title: 'Trades are on paper: no order leaves this machine' }, 'PAPER'),
      simulated,
      when,
    ),
    make('div', { class: 'dashboard-filter' }, chooser, filter, figures, close),
  );
  const problem = make('div', { class: 'problem', role: 'alert', hidden: true });
  const empty = make('div', { class: 'empty', role: 'status', hidden: true });
  const tilesPlace = make('section', { class: 'tiles', 'aria-label': 'Figures' });
  const remarks = make('div', { class: 'remarks' });
  const results = make('div', { class: 'sections' });
  const market = make('div', { class: 'sections' });
  const body = make('div', { class: 'dashboard-body' }, problem, empty, tilesPlace, remarks, results, market);
  element.prepend(head, body);

  const tiles = mountTiles(tilesPlace, LABELS, tips);
  const parts = [
    mountAccount(chooser, state),
    mountPeriod(filter, state),
    mountResults(results, state, source, tips),
    mountTradewise(results, state, source, tips),
    mountMarket(market, state, source, tips),
  ];

  function showHead() {
    const status = state.status.get();
    const account = accountNow(state);
    simulated.hidden = status?.origin !== 'simulated';
    say(who, account ? `${account.pair} \u00b7 ${account.mode}` : 'Dashboard');
    figures.hidden = account === null;
    figures.href = `/api/export/statistics.csv?${queryOf(state)}`;
    who.title = account ? (MODE_WORDS[account.mode] ?? '') : '';
    const { value } = source.statistics.get();
    const period = state.period.get();
    const { from, to } = period ?? value ?? { from: 0, to: 0 };
    say(when, to ? `${period ? '' : 'All: '}${sayPeriod({ from, to }, state.now.get())}` : '');
  }

  function show() {
    showHead();
    const { value, waiting, problem: refused } = source.statistics.get();
    const status = state.status.get();
    const nobody = status !== null && accountNow(state) === null;
    const trouble = refused ?? (value === null ? (status?.database.message ?? null) : null);
    element.classList.toggle('without-account', nobody);
    body.setAttribute('aria-busy', String(waiting));
    tilesPlace.classList.toggle('stale', waiting && value !== null);
    problem.hidden = trouble === null;
    if (trouble) put(problem, trouble, () => [capital(trouble), ' ', action('Try again', source.retry)]);
    if (value) {
      tiles.show(tilesOf(value.figures));
      showRemarks(remarksOf(value));
    } else {
      tiles.wait();
      showRemarks([]);
    }
    const none = value !== null && !value.figures.trades?.value && !value.figures.trades?.late?.value;
    empty.hidden = !none && !nobody;
    element.classList.toggle('without-trades', none);
    element.classList.toggle('unknown', value === null && trouble !== null);
    if (nobody) put(empty, 'nobody', () => ['There is no account yet: it is there as soon as the bot has started.']);
    else if (none && value)
      put(empty, JSON.stringify([value.account, state.period.get(), status?.trades]), () => why(value.account));
  }

  /** @param {ReturnType<typeof remarksOf>} given */
  const showRemarks = (given) =>
    put(remarks, JSON.stringify(given), () =>
      given.map(({ kind, text, help }) => make('p', { class: kind }, tips.label(text, help))),
    );

  /**
   * Why there is nothing, and what else there is.
   * @param {import('../state/state.js').Account} account
   */
  function why(account) {
    const others = othersOf(state.status.get(), account).map(({ pair, mode, count }) =>
      action(`${format.counted(count, `${mode} trade`)} of ${pair}`, () => state.account.set({ pair, mode })),
    );
    if (state.period.get())
      return [
        make('strong', {}, `No ${account.mode} trade of ${account.pair} was closed in this period`),
        action('Show all of the account', () => state.period.set(null)),
        ...others,
      ];
    return [
      make('strong', {}, `No ${account.mode} trade of ${account.pair} yet`),
      make(
        'p',
        {},
        `${capital(MODE_WORDS[account.mode] ?? account.mode)}. Figures come with the first completed trade.`,
      ),
      ...(others.length ? [make('p', {}, 'There are also'), ...others] : []),
    ];
  }

  const stop = [
    source.statistics.subscribe(show),
    state.status.listen(show),
    state.account.listen(showHead),
    state.zone.listen(show),
  ];
  if (import.meta.env.MODE === 'test') Object.assign(window, { __dashboard: { source } });
  return () => {
    for (const end of stop) end();
    for (const dispose of parts) dispose();
    source.dispose();
    tips.dispose();
    element.classList.remove('without-trades', 'without-account', 'unknown');
  };
}

/** @type {WeakMap<Element, string>} */
const saying = new WeakMap();

/**
 * Fill a place anew when what it says has changed: what is focused in it stays otherwise.
 * @param {Element} place
 * @param {string} key of what it says
 * @param {() => (Node | string)[]} content
 */
function put(place, key, content) {
  if (saying.get(place) === key) return;
  saying.set(place, key);
  place.replaceChildren(...content());
}

/**
 * @param {string} text
 * @param {() => void} click
 */
const action = (text, click) => make('button', { type: 'button', class: 'plain', click }, text);
