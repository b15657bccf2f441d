/**
 * The story of the chosen trade: its steps, each a link to its bar in the chart.
 */

import './story.css';
import { make } from '../dom.js';
import * as format from '../format.js';
import { getTrade, ServerLost } from '../server/api.js';
import { stepTrade } from './select.js';
import { tellAccount, tellFacts, tellLate, tellMissing, tellTrade } from './story.js';
import { tone, tradeTitle } from './words.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../server/answers.js').TradeStory} TradeStory */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 */
export function mountStory(element, state, nav) {
  let errand = new AbortController();
  /** @type {TradeStory | null} */
  let told = null;
  /** The parameters it was entered under are known. */
  let reasons = false;

  async function load() {
    errand.abort();
    errand = new AbortController();
    const { signal } = errand;
    const id = state.selected.get();
    element.hidden = id === null;
    if (id === null) {
      told = null;
      element.replaceChildren();
      return;
    }
    try {
      const answer = await getTrade(id, signal);
      if (signal.aborted) return;
      told = answer;
      show();
      element.scrollTop = 0;
    } catch (error) {
      if (signal.aborted) return;
      told = null;
      const text = error instanceof Error ? error.message : String(error);
      element.replaceChildren(
        heading(`Trade ${id}`, ''),
        make('p', { class: 'warn' }, error instanceof ServerLost ? 'The server does not answer.' : text),
        make('button', { type: 'button', class: 'quiet action', click: load }, 'Try again'),
      );
    }
  }

  /**
   * @param {string} title
   * @param {string} kind
   */
  const heading = (title, kind) =>
    make(
      'header',
      { class: 'story-head' },
      make('h2', { class: kind }, title),
      button('\u2039', 'The trade before (K)', () => stepTrade(state, nav, -1)),
      button('\u203a', 'The next trade (J)', () => stepTrade(state, nav, 1)),
      button('\u00d7', 'Close the story (Esc)', () => state.selected.set(null)),
    );

  function show() {
    if (!told) return;
    const { trade } = told;
    const configuration = state.status.get()?.configurations.find(({ id }) => id === trade.configuration);
    reasons = configuration !== undefined || trade.configuration === null;
    const notes = [tellLate(told), tellMissing(told), tellAccount(told)].filter((note) => note !== null);
    element.replaceChildren(
      heading(tradeTitle(trade), tone(trade.profit)),
      make(
        'dl',
        { class: 'story-facts' },
        ...tellFacts(told).map(({ name, value, tone: kind }) =>
          make('div', {}, make('dt', {}, name), make('dd', { class: kind }, value)),
        ),
      ),
      ...notes.map((note) => make('p', { class: trade.late ? 'warn' : 'dim' }, note)),
      make(
        'ol',
        { class: 'steps' },
        ...tellTrade(told, configuration?.parameters ?? {}).map((step) =>
          make(
            'li',
            { class: step.tone, 'data-kind': step.kind },
            make(
              'button',
              {
                type: 'button',
                class: 'step',
                title: 'Show this bar in the chart',
                click: () => nav.goTo(step.at),
              },
              make('span', { class: 'step-title' }, step.title),
              make('time', { datetime: new Date(step.at).toISOString() }, when(step.at, trade.entryTime)),
              make('span', { class: 'step-text' }, step.text),
            ),
          ),
        ),
      ),
    );
  }

  /** A link can lead here before the configurations are known. */
  function showReasons() {
    if (told && !reasons) show();
  }

  const stop = [state.selected.subscribe(load), state.zone.listen(show), state.status.listen(showReasons)];
  return () => {
    errand.abort();
    for (const end of stop) end();
    element.replaceChildren();
  };
}

/**
 * @param {string} sign
 * @param {string} title
 * @param {() => void} click
 */
const button = (sign, title, click) =>
  make('button', { type: 'button', class: 'quiet', title, 'aria-label': title, click }, sign);

/**
 * @param {number} instant
 * @param {number} entry the day is said where it is another
 */
const when = (instant, entry) =>
  format.formatDay(instant) === format.formatDay(entry)
    ? format.formatTime(instant)
    : `${format.formatDay(instant)} ${format.formatTime(instant)}`;
