/**
 * A strip of tabs and the part behind the chosen one: mounted when it is chosen, disposed when another is. Arrow keys
 * walk the strip, as the ARIA pattern for tabs says.
 */

import './tabs.css';
import { make } from '../dom.js';
import { narrow } from './layout.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Tab} Tab */
/** @typedef {import('../chart/navigation.js').Navigation} Navigation */

/**
 * @param {HTMLElement} element
 * @param {State} state `panel` names the chosen tab
 * @param {Navigation} nav
 * @param {Record<Tab, import('../panel/panel.js').TabPart>} parts
 */
export function mountTabs(element, state, nav, parts) {
  const names = /** @type {Tab[]} */ (Object.keys(parts));
  const body = make('div', { id: 'panel-body', role: 'tabpanel', tabindex: '-1' });
  const tabs = names.map((name) =>
    make(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${name}`,
        class: 'tab',
        title: parts[name].title,
        'aria-controls': 'panel-body',
        click: () => state.panel.set(narrow.matches && state.panel.get() === name ? null : name),
      },
      parts[name].label,
    ),
  );
  const dashboard = make(
    'button',
    {
      type: 'button',
      id: 'open-dashboard',
      class: 'tab',
      title: 'Figures, curves and tables over the chart (D)',
      click: () => state.dashboard.set(!state.dashboard.get()),
    },
    'Dashboard',
  );
  const strip = make('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Side panel', keydown: walk }, ...tabs);
  element.append(make('div', { class: 'tab-rows' }, strip, dashboard), body);

  /** @param {Event} event */
  function walk(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[/** @type {KeyboardEvent} */ (event).key];
    const at = tabs.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (!by || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (at + by + tabs.length) % tabs.length;
    state.panel.set(names[next]);
    tabs[next].focus();
  }

  /** @type {Tab | null} */
  let shown = null;
  let dispose = () => {};
  function show() {
    const chosen = state.panel.get();
    if (chosen === null) for (const tab of tabs) tab.setAttribute('aria-selected', 'false');
    if (chosen === null || chosen === shown) {
      if (chosen) tabs[names.indexOf(chosen)].setAttribute('aria-selected', 'true');
      return;
    }
    dispose();
    body.replaceChildren();
    tabs.forEach((tab, index) => {
      const here = names[index] === chosen;
      tab.setAttribute('aria-selected', String(here));
      tab.tabIndex = here ? 0 : -1;
    });
    body.setAttribute('aria-labelledby', `tab-${chosen}`);
    dispose = parts[chosen].mount(body, state, nav);
    shown = chosen;
  }

  const stop = [
    state.panel.subscribe(show),
    state.dashboard.subscribe((open) => dashboard.setAttribute('aria-pressed', String(open))),
  ];
  return () => {
    for (const end of stop) end();
    dispose();
    element.replaceChildren();
  };
}
