/**
 * The About box: versions, keys, and the notices of what the page is made of.
 */

import './about.css';
import { useStore } from '@nanostores/preact';
import { createRef } from 'preact';
import { make } from '../dom.js';
import { mountTree } from './island.jsx';
import { HELP } from './keys.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @returns {() => void} opens it
 */
export function mountAbout(element, state) {
  const dialog = /** @type {import('preact').RefObject<HTMLDialogElement>} */ (createRef());
  const place = make('div', { class: 'place' });
  element.append(place);
  mountTree(place, <About dialog={dialog} state={state} />);
  const { current } = dialog;
  current?.addEventListener('click', (event) => {
    if (event.target === current) current.close();
  });
  current?.addEventListener('close', () => {
    // a dialog that was opened from nowhere keeps the cursor, and with it the keys
    const { activeElement } = document;
    if (activeElement instanceof HTMLElement && current.contains(activeElement)) activeElement.blur();
  });
  return () => current?.showModal();
}

/** @param {{ dialog: import('preact').RefObject<HTMLDialogElement>, state: State }} props */
function About({ dialog, state }) {
  return (
    <dialog id="about" aria-labelledby="about-title" ref={dialog}>
      <article>
        <h2 id="about-title">cvdbot</h2>
        <Versions state={state} />
        <p>Paper trading only: no order was or will be sent to an exchange.</p>
        <table>
          <tbody>
            {HELP.map(({ key, does }) => (
              <tr key={key}>
                <th scope="row">
                  <kbd>{key}</kbd>
                </th>
                <td>{does}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <CharacterKeys state={state} />
        <p class="notice">
          {'TradingView Lightweight Charts\u2122 Copyright (\u0441) 2025 TradingView, Inc. '}
          <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
            https://www.tradingview.com/
          </a>
          {
            ' Licensed under the Apache License, Version 2.0. Preact, nanostores, tinykeys, uPlot: MIT License. Lucide icons: ISC License.'
          }
        </p>
        <form method="dialog">
          <button type="submit" class="plain" autofocus>
            Close
          </button>
        </form>
      </article>
    </dialog>
  );
}

/** @param {{ state: State }} props */
function CharacterKeys({ state }) {
  const on = !useStore(state.charactersOff);
  return (
    <label class="choice" for="character-keys">
      <input
        type="checkbox"
        role="switch"
        id="character-keys"
        checked={on}
        aria-checked={on}
        onChange={({ currentTarget }) => state.charactersOff.set(!currentTarget.checked)}
      />
      Keys that type a character are shortcuts
    </label>
  );
}

/** @param {{ state: State }} props */
function Versions({ state }) {
  const status = useStore(state.status);
  const database = status?.schema ? `, database schema ${status.schema}` : '';
  const bot = status?.configurations.at(-1)?.version;
  return (
    <p>
      {`App ${document.body.dataset.version}${bot ? `, bot ${bot}` : ''}${database}. Reads only; it sends nothing anywhere.`}
    </p>
  );
}
