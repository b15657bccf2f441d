/**
 * A strip of tabs and the part behind the chosen one: mounted when it is chosen, disposed when another is. Arrow keys
 * walk the strip, as the ARIA pattern for tabs says.
 */

import './tabs.css';
import { useStore } from '@nanostores/preact';
import { useRef } from 'preact/hooks';
import { Island, mountTree } from './island.jsx';
import { narrow } from './layout.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Tab} Tab */
/** @typedef {import('../chart/navigation.js').Navigation} Navigation */
/** @typedef {{ state: State, nav: Navigation, parts: Record<Tab, import('../panel/panel.js').TabPart> }} Props */

/**
 * @param {HTMLElement} element
 * @param {State} state `panel` names the chosen tab
 * @param {Navigation} nav
 * @param {Props['parts']} parts
 */
export const mountTabs = (element, state, nav, parts) =>
  mountTree(element, <Tabs state={state} nav={nav} parts={parts} />);

/** @param {Props} props */
function Tabs({ state, nav, parts }) {
  const chosen = useStore(state.panel);
  const dashboard = useStore(state.dashboard);
  /** The tab that is mounted: while the panel is away, the one shown last. */
  const shown = useRef(/** @type {Tab | null} */ (null));
  if (chosen !== null) shown.current = chosen;
  const mounted = shown.current;
  const pair = useStore(state.pair); // another one's panel is made anew: nothing of the one before stays
  const names = /** @type {Tab[]} */ (Object.keys(parts));

  /** @param {import('preact').TargetedKeyboardEvent<HTMLElement>} event */
  function walk(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const tabs = [...event.currentTarget.children];
    const at = tabs.indexOf(/** @type {Element} */ (document.activeElement));
    if (!by || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (at + by + tabs.length) % tabs.length;
    state.panel.set(names[next]);
    /** @type {HTMLElement} */ (tabs[next]).focus();
  }

  return (
    <>
      <div class="tab-rows">
        <div class="tabs" role="tablist" aria-label="Side panel" onKeyDown={walk}>
          {names.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              class="tab"
              title={parts[name].title}
              aria-controls="panel-body"
              aria-selected={name === chosen}
              tabIndex={mounted === null || name === mounted ? 0 : -1}
              onClick={() => state.panel.set(narrow.matches && state.panel.get() === name ? null : name)}
            >
              {parts[name].label}
            </button>
          ))}
        </div>
        <button
          type="button"
          id="open-dashboard"
          class="tab"
          title="Figures, curves and tables over the chart (D)"
          aria-pressed={dashboard}
          onClick={() => state.dashboard.set(!state.dashboard.get())}
        >
          Dashboard
        </button>
      </div>
      <Island
        key={`${mounted} ${pair}`}
        id="panel-body"
        role="tabpanel"
        tabIndex={-1}
        aria-labelledby={mounted && `tab-${mounted}`}
        mount={(element) => (mounted ? parts[mounted].mount(element, state, nav) : undefined)}
      />
    </>
  );
}
