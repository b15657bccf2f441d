/**
 * The page's grid: header, chart column, side panel, status line. The panel is drawn wider by its edge, hides with
 * `B`, and on a narrow screen is a sheet from below; the dashboard opens over the chart's full width.
 */

import './layout.css';
import { make } from '../dom.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../state/state.js').Tab} Tab */

const NARROWEST = 260;
const DEFAULT = 320;

/** Whether the panel is a sheet from below. */
export const narrow = matchMedia('(max-width: 720px)');

/** @param {State} state */
export function layOut(state) {
  const header = make('header', { id: 'header' });
  const banner = make('div', { class: 'place' });
  const canvas = make('div', { id: 'chart', role: 'figure', 'aria-label': 'Candles, volume and CVD' });
  const centre = make('div', { class: 'place' });
  const tools = make('div', { id: 'chart-tools' });
  const chartColumn = make('section', { id: 'chart-column', 'aria-label': 'Chart' }, canvas, tools, centre);
  const dashboard = make('section', { id: 'dashboard', 'aria-label': 'Dashboard', tabindex: '-1', hidden: true });
  const edge = make('div', {
    id: 'panel-edge',
    role: 'separator',
    tabindex: '0',
    'aria-orientation': 'vertical',
    'aria-label': 'Width of the panel',
    'aria-valuemin': String(NARROWEST),
  });
  const panel = make('aside', { id: 'panel', 'aria-label': 'Side panel' });
  const main = make('main', { id: 'stage' }, chartColumn, dashboard, edge, panel);
  const statusline = make('footer', { id: 'statusline' });
  document.body.append(header, banner, main, statusline);

  // On a phone the chart comes first; a link to a trade shows its story.
  if (narrow.matches && state.panel.get() === 'trades' && state.selected.get() === null) state.panel.set(null);

  /** The tab that comes back when the panel does. @type {Tab} */
  let last = 'trades';
  const stop = [
    state.panel.subscribe((tab) => {
      last = tab ?? last;
      panel.classList.toggle('away', tab === null);
      edge.hidden = tab === null;
    }),
    state.selected.listen((trade) => {
      if (trade !== null && narrow.matches && state.panel.get() === null) state.panel.set('trades');
    }),
    state.dashboard.subscribe((open) => {
      dashboard.hidden = !open;
      chartColumn.inert = open;
    }),
    drawWider(main, edge, state),
  ];

  return {
    header,
    banner,
    canvas,
    centre,
    tools,
    panel,
    dashboard,
    statusline,
    togglePanel: () => state.panel.set(state.panel.get() === null ? last : null),
    dispose() {
      for (const end of stop) end();
    },
  };
}

/**
 * Let the edge be drawn with the mouse or moved with the arrow keys.
 * @param {HTMLElement} main
 * @param {HTMLElement} edge
 * @param {State} state
 */
function drawWider(main, edge, state) {
  const widest = () => Math.max(NARROWEST, Math.round(innerWidth * 0.6));
  const fitting = (/** @type {number} */ width) => Math.round(Math.min(widest(), Math.max(NARROWEST, width)));

  /** @param {PointerEvent} event */
  const move = (event) => state.panelWidth.set(fitting(main.getBoundingClientRect().right - event.clientX));
  edge.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    edge.setPointerCapture(event.pointerId);
    edge.addEventListener('pointermove', move);
  });
  edge.addEventListener('lostpointercapture', () => edge.removeEventListener('pointermove', move));
  edge.addEventListener('dblclick', () => state.panelWidth.set(DEFAULT));
  edge.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: 20, ArrowRight: -20 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    state.panelWidth.set(fitting(Number(edge.getAttribute('aria-valuenow')) + by));
  });
  return state.panelWidth.subscribe((width) => {
    const taken = fitting(width);
    main.style.setProperty('--panel-width', `${taken}px`);
    edge.setAttribute('aria-valuenow', String(taken));
    edge.setAttribute('aria-valuemax', String(widest()));
  });
}
