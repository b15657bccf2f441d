/**
 * The About box: versions, keys, and the notices of what the page is made of.
 */

import './about.css';
import { make } from '../dom.js';
import { KEYS } from './keys.js';

/**
 * @param {HTMLElement} element
 * @param {import('../state/state.js').State} state
 */
export function mountAbout(element, state) {
  const versions = make('p');
  const dialog = make(
    'dialog',
    { id: 'about', 'aria-labelledby': 'about-title' },
    make(
      'article',
      {},
      make('h2', { id: 'about-title' }, 'cvdbot'),
      versions,
      make('p', {}, 'Paper trading only: no order was or will be sent to an exchange.'),
      make(
        'table',
        {},
        make(
          'tbody',
          {},
          ...KEYS.map(([key, does]) =>
            make('tr', {}, make('th', { scope: 'row' }, make('kbd', {}, key)), make('td', {}, does)),
          ),
        ),
      ),
      make(
        'p',
        { class: 'notice' },
        'TradingView Lightweight Charts\u2122 Copyright (\u0441) 2025 TradingView, Inc. ',
        make(
          'a',
          { href: 'https://www.tradingview.com/', target: '_blank', rel: 'noreferrer' },
          'https://www.tradingview.com/',
        ),
        ' Licensed under the Apache License, Version 2.0. nanostores, tinykeys, uPlot: MIT License. Lucide icons: ISC License.',
      ),
      make('form', { method: 'dialog' }, make('button', { type: 'submit', class: 'plain', autofocus: true }, 'Close')),
    ),
  );
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  element.append(dialog);

  return () => {
    const status = state.status.get();
    const database = status?.schema ? `, database schema ${status.schema}` : '';
    const bot = status?.configurations.at(-1)?.version;
    versions.textContent = `App ${document.body.dataset.version}${bot ? `, bot ${bot}` : ''}${database}. Reads only; it sends nothing anywhere.`;
    dialog.showModal();
  };
}
