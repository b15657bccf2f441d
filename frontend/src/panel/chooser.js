/**
 * Whose trades and figures are shown: the accounts of the pair by mode, with how many trades each has.
 */

import { make } from '../dom.js';
import { accountNow, accountsOf, MODE_WORDS } from './accounts.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 */
export function mountAccount(element, state) {
  const select = make('select', { class: 'account-chooser', 'aria-label': 'Account: pair and mode', change: choose });
  element.append(select);
  let said = '';

  function choose() {
    const [pair, mode] = select.value.split(' ');
    state.account.set({ pair, mode });
  }

  function show() {
    const account = accountNow(state);
    const all = accountsOf(state.status.get()).filter(({ pair }) => pair === account?.pair);
    const saying = JSON.stringify([account, all]);
    if (saying === said) return;
    said = saying;
    select.replaceChildren(
      ...all.map(({ pair, mode, count }) =>
        make(
          'option',
          { value: `${pair} ${mode}`, title: MODE_WORDS[mode] ?? '' },
          `${mode.charAt(0).toUpperCase()}${mode.slice(1)} (${count})`,
        ),
      ),
    );
    if (!account) return;
    select.value = `${account.pair} ${account.mode}`;
    select.title = `${account.pair}, ${account.mode}: ${MODE_WORDS[account.mode] ?? ''}`;
  }

  const stop = [state.status.subscribe(show), state.account.listen(show)];
  return () => {
    for (const end of stop) end();
    select.remove();
  };
}
