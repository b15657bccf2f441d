/**
 * What stands in the way, in a sentence: over the chart as a banner while there are bars to see, else in its place. And
 * what was done, for a while.
 */

import './notices.css';
import { useStore } from '@nanostores/preact';
import { useEffect } from 'preact/hooks';
import { make } from '../dom.js';
import { mountTree } from './island.jsx';
import { troubleOf } from './trouble.js';

/** @typedef {import('../state/state.js').State} State */

/** How long a sentence about what was done is shown, ms. */
const A_WHILE = 6_000;

/**
 * @param {HTMLElement} banner
 * @param {HTMLElement} centre
 * @param {State} state
 */
export function mountNotices(banner, centre, state) {
  const stop = [mountTree(banner, <Banner state={state} />), mountTree(centre, <Centre state={state} />)];
  return () => {
    for (const end of stop) end();
  };
}

/** @param {State} state */
function useTrouble(state) {
  const status = useStore(state.status);
  const empty = useStore(state.held).bars.timestamp.length === 0;
  return { wrong: troubleOf(useStore(state.lostSince), status, useStore(state.refusal)), status, empty };
}

/** @param {{ state: State }} props */
function Banner({ state }) {
  const { wrong, empty } = useTrouble(state);
  return (
    <div id="banner" role="alert" hidden={wrong === null || empty}>
      <span>{wrong && !empty ? `${wrong.title}. ${wrong.text}` : ''}</span>
    </div>
  );
}

/** @param {{ state: State }} props */
function Centre({ state }) {
  const { wrong, status, empty } = useTrouble(state);
  const waiting = useStore(state.loading) !== null || status === null;
  const said =
    wrong ??
    (waiting
      ? { title: '', text: 'Loading candles' }
      : { title: 'No candles yet', text: 'The bot writes one a minute; this page shows each as it comes.' });
  return (
    <div id="centre" role="status" hidden={!empty} class={wrong === null && waiting ? 'loading' : ''}>
      <strong>{said.title}</strong>
      <p>{said.text}</p>
    </div>
  );
}

/**
 * Show `state.notice` for a while; a click lets it go at once.
 * @param {HTMLElement} element
 * @param {State} state
 */
export function mountToast(element, state) {
  const place = make('div', { class: 'place', click: () => state.notice.set(null) });
  element.append(place);
  return mountTree(place, <Toast state={state} />);
}

/** @param {{ state: State }} props */
function Toast({ state }) {
  const text = useStore(state.notice);
  useEffect(() => {
    if (text === null) return;
    const timer = setTimeout(() => state.notice.set(null), A_WHILE);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div id="toast" role="status" hidden={text === null}>
      {text}
    </div>
  );
}
