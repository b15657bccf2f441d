/**
 * The tab of the what-if: the strategy's parameters as a form; a changed one runs the strategy again over the stretch that
 * is shown, and the result lies beside what really happened. It is gone with the tab: nothing of it is ever taken for real.
 */

import './whatif.css';
import { make, say } from '../dom.js';
import { BadAnswer } from '../server/answers.js';
import { getEquity, getParameters, getStatistics, getTrades, Refused, runBacktest, ServerLost } from '../server/api.js';
import { accountNow } from './accounts.js';
import { mountAccount } from './chooser.js';
import { mountForm } from './form.js';
import { afterOpen, settled, shownStretch, tellChanges, tellStretch } from './inputs.js';
import { showResult } from './result.js';
import { barOf } from './select.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Period} Period */
/** @typedef {import('./inputs.js').Over} Over */
/** @typedef {import('./result.js').Real} Real */

/** A reader who is still typing is waited for, ms. */
const SETTLE = 350;
/** Rows of a curve; there are no more pixels. */
const POINTS = 400;

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 */
export function mountWhatif(element, state, nav) {
  let errand = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;
  /** @type {Record<string, unknown>} */
  let current = {};
  /** @type {ReturnType<typeof mountForm> | null} */
  let form = null;
  /** @type {Over} */
  let over = state.period.get() ? 'period' : 'chart';
  /** @type {Period | null} */
  let stretch = null;
  /** What really happened, as asked last. @type {{ key: string, real: Real } | null} */
  let asked = null;

  const chooser = make('div', { class: 'account' });
  const overs = /** @type {[Over, string, string][]} */ ([
    ['chart', 'Chart', 'Over the stretch the chart shows now; click again to take another'],
    ['period', 'Period', 'Over the chosen period'],
    ['all', 'All', 'Over the whole account'],
  ]).map(([name, label, title]) =>
    make('button', { type: 'button', class: 'quiet', 'data-over': name, title, click: () => take(name) }, label),
  );
  const where = make('p', { class: 'whatif-where' });
  const badge = make('span', { class: 'badge whatif-badge' }, 'WHAT-IF');
  const changes = make('span', { class: 'whatif-changes' });
  const reset = make(
    'button',
    {
      type: 'button',
      class: 'quiet',
      id: 'whatif-reset',
      title: "Back to the bot's parameters; the what-if is gone",
      click: clear,
    },
    'Reset',
  );
  const running = make(
    'div',
    { class: 'running', hidden: true },
    make('progress', { 'aria-label': 'Running the strategy' }),
    make('span', {}, 'Running the strategy'),
    make('button', { type: 'button', class: 'quiet', click: cancel }, 'Stop'),
  );
  const problem = make('p', { class: 'problem', role: 'alert', hidden: true });
  const result = make('div', { class: 'result', 'aria-live': 'polite', 'aria-busy': 'false' });
  const fields = make('form', { class: 'parameters', 'aria-label': 'Parameters of the strategy', submit: settle });
  element.classList.add('panel-column');
  element.append(
    make(
      'div',
      { class: 'panel-bar' },
      chooser,
      make('div', { class: 'overs', role: 'group', 'aria-label': 'Over what' }, ...overs),
    ),
    fields,
    make(
      'section',
      { class: 'whatif', 'aria-label': 'What-if beside what really happened' },
      make('div', { class: 'whatif-head' }, badge, changes, reset),
      where,
      running,
      problem,
      result,
    ),
  );
  const dispose = mountAccount(chooser, state);

  /** @param {Event} event */
  function settle(event) {
    event.preventDefault();
    run();
  }

  async function load() {
    fields.replaceChildren(make('p', { class: 'panel-empty waiting' }, 'Loading parameters'));
    try {
      const answer = await getParameters();
      const pair = accountNow(state)?.pair ?? Object.keys(answer.current)[0];
      current = answer.current[pair] ?? Object.fromEntries(answer.parameters.map((each) => [each.name, each.default]));
      fields.replaceChildren();
      form = mountForm(fields, answer.parameters, current, state.tried);
      changed();
    } catch (error) {
      fields.replaceChildren(
        make(
          'div',
          { class: 'panel-empty' },
          make('p', {}, `The parameters are not known: ${words(error)}`),
          make('button', { type: 'button', class: 'plain', click: load }, 'Try again'),
        ),
      );
    }
  }

  /** @param {Over} name */
  function take(name) {
    over = name;
    stretch = null;
    run();
  }

  /** A parameter was changed, or is the bot's again. */
  function changed() {
    const tried = state.tried.get();
    const count = Object.keys(tried).length;
    say(changes, count ? tellChanges(tried, current) : "Nothing is changed: these are the bot's parameters.");
    reset.hidden = count === 0;
    badge.hidden = count === 0;
    clearTimeout(soon);
    if (form) soon = setTimeout(run, SETTLE);
  }

  function clear() {
    state.tried.set({});
    form?.forget();
  }

  function cancel() {
    errand.abort();
    busy(false);
    refuse('Stopped: what is shown is of before. Change a parameter to run it again.');
  }

  /** @param {boolean} is */
  function busy(is) {
    running.hidden = !is;
    result.setAttribute('aria-busy', String(is));
  }

  /** @param {string} text */
  function refuse(text) {
    say(problem, text);
    problem.hidden = text === '';
  }

  function showOvers() {
    for (const button of overs) {
      button.setAttribute('aria-pressed', String(button.dataset.over === over));
      if (button.dataset.over === 'period') button.disabled = state.period.get() === null;
    }
    say(where, stretch ? `Over ${tellStretch(stretch)}` : '');
  }

  /** The stretch to run over; `all` is the account's whole life. @returns {Period | null} */
  function stretchNow() {
    if (over === 'period') return state.period.get();
    return over === 'chart' ? shownStretch(state.view.get(), state.timeframe.get()) : null;
  }

  async function run() {
    clearTimeout(soon);
    errand.abort();
    errand = new AbortController();
    const { signal } = errand;
    if (over === 'period' && state.period.get() === null) over = 'chart';
    refuse('');
    busy(false);
    const account = accountNow(state);
    const tried = state.tried.get();
    if (!form || !account || Object.keys(tried).length === 0 || form.wrong()) {
      forget();
      showOvers();
      if (form?.wrong()) refuse('Not run: a value above is not possible.');
      return;
    }
    if (over !== 'chart' || stretch === null) stretch = stretchNow();
    showOvers();
    busy(true);
    try {
      const real = await askReal(account, stretch, signal);
      stretch = { from: real.statistics.from, to: real.statistics.to };
      const tested = await runBacktest(
        { parameters: settled(current, tried), ...stretch, pair: account.pair, points: POINTS },
        signal,
      );
      if (signal.aborted) return;
      state.whatif.set(tested);
      showOvers();
      showResult(result, real, tested, nav.goTo);
    } catch (error) {
      if (signal.aborted) return;
      forget();
      if (!(error instanceof Refused && form.refuse(error.field, error.message))) refuse(words(error));
    } finally {
      if (!signal.aborted) busy(false);
    }
  }

  function forget() {
    state.whatif.set(null);
    result.replaceChildren();
  }

  /**
   * What really happened in a stretch. It is cut to the account's life and begins after the trade that was open at its
   * begin: the what-if begins without a position, so does what it is compared with.
   * @param {import('../state/state.js').Account} account
   * @param {Period | null} period
   * @param {AbortSignal} signal
   * @returns {Promise<Real>}
   */
  async function askReal(account, period, signal) {
    const key = JSON.stringify([account, period, state.status.get()?.snapshot?.id]);
    if (asked?.key === key) return asked.real;
    const { trades } = await getTrades({ ...account, from: period?.from }, signal);
    const within = period && afterOpen(period, trades, barOf(state));
    const [statistics, equity] = await Promise.all([
      getStatistics({ ...account, ...within }, signal),
      getEquity({ ...account, ...within, points: POINTS }, signal),
    ]);
    const { from, to } = statistics;
    const real = {
      statistics,
      equity,
      trades: trades.filter(({ entryTime }) => entryTime >= from && entryTime < to),
      open: account.mode === 'paper' ? state.order.get() : null,
    };
    asked = { key, real };
    return real;
  }

  const stop = [
    state.tried.listen(changed),
    state.account.listen(() => {
      stretch = null;
      load();
    }),
    state.period.listen((period) => take(period ? 'period' : 'chart')),
    state.panel.listen((tab) => {
      if (tab !== 'whatif') leave();
      else run();
    }),
  ];
  showOvers();
  load();

  function leave() {
    clearTimeout(soon);
    errand.abort();
    busy(false);
    forget();
  }

  return () => {
    for (const end of stop) end();
    leave();
    dispose();
    form?.dispose();
    element.classList.remove('panel-column');
    element.replaceChildren();
  };
}

/** @param {unknown} error */
function words(error) {
  if (error instanceof ServerLost) return 'the server does not answer.';
  if (error instanceof BadAnswer) return `this page does not understand the server (${error.message}): reload it.`;
  if (error instanceof Refused) return error.message;
  throw error;
}
