/**
 * The badge "live = replay", and the list of differences it opens.
 */

import './verification.css';
import { make, say } from '../dom.js';
import { mountDifferences } from './differences.js';
import { badgeOf } from './verdict.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 */
export function mountVerification(element, state, nav) {
  const badge = make('button', { type: 'button', class: 'badge verification', id: 'verification', click: open });
  const body = make('div');
  const dialog = make(
    'dialog',
    { id: 'verdict', 'aria-labelledby': 'verdict-title' },
    make(
      'article',
      {},
      make('h2', { id: 'verdict-title' }, 'Live = replay'),
      body,
      make('form', { method: 'dialog' }, make('button', { type: 'submit', class: 'plain', autofocus: true }, 'Close')),
    ),
  );
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  element.append(badge);
  document.body.append(dialog);
  const list = mountDifferences(body, (instant) => {
    dialog.close();
    nav.goTo(instant);
  });

  function show() {
    const [verification, now] = [state.verification.get(), state.now.get()];
    const { text, kind, title } = badgeOf(verification, now);
    badge.hidden = state.status.get()?.snapshot == null;
    say(badge, text);
    if (badge.title !== title) badge.title = title;
    badge.dataset.kind = kind;
    if (dialog.open) list.show(verification, now);
  }

  function open() {
    list.show(state.verification.get(), state.now.get());
    dialog.showModal();
  }

  const stop = [state.verification, state.status, state.now, state.zone].map((part) => part.listen(show));
  show();
  return () => {
    for (const end of stop) end();
    dialog.remove();
    badge.remove();
  };
}
