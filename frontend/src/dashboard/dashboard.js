/**
 * How it went: figures, curves and tables of one account in one period, over the chart's full width. Mounted when it
 * opens, disposed when it closes.
 *
 * What it is made of is fetched when it is first opened, so that the chart does not wait for it. The style sheet comes
 * with the page: a sheet that a script adds would need the policy's mark.
 */

import 'uplot/dist/uPlot.min.css';
import './dashboard.css';
import './heat.css';
import './tiles.css';
import './sections.css';
import './tables.css';
import './outcomes.css';
import './narrow.css'; // last: it narrows what the others say
import { make } from '../dom.js';

/**
 * @param {HTMLElement} element
 * @param {import('../state/state.js').State} state
 * @param {import('../chart/navigation.js').Navigation} nav
 * @returns {() => void}
 */
export function mountDashboard(element, state, nav) {
  const opener = document.activeElement;
  let closed = false;
  let dispose = () => {};

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    state.dashboard.set(false);
  }
  element.addEventListener('keydown', keys);

  async function open() {
    element.replaceChildren(make('p', { class: 'dashboard-loading', role: 'status' }, 'Loading the dashboard'));
    try {
      const { mountView } = await import('./view.js');
      if (closed) return;
      element.replaceChildren();
      dispose = mountView(element, state, nav);
    } catch (error) {
      if (closed) return;
      const again = make('button', { type: 'button', class: 'plain', click: open }, 'Try again');
      element.replaceChildren(
        make('div', { class: 'dashboard-failed', role: 'alert' }, 'The dashboard could not be loaded. ', again),
      );
      console.info('dashboard', error);
    }
  }
  open();

  return () => {
    closed = true;
    const inside = element.contains(document.activeElement) || document.activeElement === document.body;
    element.removeEventListener('keydown', keys);
    dispose();
    element.replaceChildren();
    if (inside && opener instanceof HTMLElement && opener.isConnected) opener.focus();
  };
}
