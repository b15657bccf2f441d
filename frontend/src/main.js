/**
 * The page: makes the parts and connects them.
 */

import './base.css';
import { mountChart } from './chart/chart.js';
import { mountLegends } from './chart/legend.js';
import { createNavigation } from './chart/navigation.js';
import { mountDashboard } from './dashboard/dashboard.js';
import * as format from './format.js';
import { mountChip } from './panel/chip.js';
import { mountPanel } from './panel/panel.js';
import { createRecords } from './panel/records.js';
import { goToLinked, stepTrade } from './panel/select.js';
import { openTrades, toFilter } from './panel/trades.js';
import { listenToServer } from './server/live.js';
import { createLoader } from './server/loader.js';
import { mountAbout } from './shell/about.jsx';
import { mountAlerts } from './shell/alerts.js';
import { savePicture } from './shell/exports.js';
import { mountHeader } from './shell/header.jsx';
import { listenToKeys } from './shell/keyboard.js';
import { layOut } from './shell/layout.js';
import { mountNotices, mountToast } from './shell/notices.jsx';
import { mountStatusline } from './shell/statusline.jsx';
import { mountThemes } from './shell/themes.js';
import { keepTitle } from './shell/title.js';
import { mountTools } from './shell/tools.js';
import { forgetWithPair, pairOf } from './state/pair.js';
import { createState, notify } from './state/state.js';
import { keepAddress } from './state/view.js';

/** How long the first bars are waited for, ms: a chart that is made with them is painted once, not empty first. */
const PATIENCE = 300;

const state = createState();
const { place, unread } = keepAddress(state);
mountThemes(state);
state.zone.subscribe(format.setZone);
const takeCoins = () => format.setPair(pairOf(state));
state.status.subscribe(takeCoins);
state.pair.subscribe(takeCoins);
forgetWithPair(state);

const loader = createLoader(state);
const page = layOut(state);
loader.start(place);
// No `await` out here: the build would have to keep what the dashboard shares with the page in a script of its own.
Promise.race([notLoading(state), new Promise((over) => setTimeout(over, PATIENCE))]).then(connect);

/** Make the parts, each with what it needs of the others. */
function connect() {
  const chart = mountChart(page.canvas, state, loader);
  const nav = createNavigation(state, loader, chart);

  const about = mountAbout(document.body, state);
  const alerts = mountAlerts(state);
  const fit = () => chart.fit();
  /** @param {HTMLElement} place */
  const chip = (place) => mountChip(place, state, nav);
  const header = mountHeader(page.header, state, { about, fit, nav, chart, alerts, chip });
  mountNotices(page.banner, page.centre, state);
  mountToast(document.body, state);
  keepTitle(state);
  mountStatusline(page.statusline, state);
  mountLegends(chart, state);
  mountTools(page.tools, state, nav);
  mountPanel(page.panel, state, nav);
  const picture = () => savePicture(state, chart);
  listenToKeys({
    state,
    chart,
    nav,
    about,
    picture,
    goTo: header.goTo,
    togglePanel: page.togglePanel,
    stepTrade: (step) => stepTrade(state, nav, step),
    openTrades: () => openTrades(state),
    filterTrades: () => toFilter(state),
  });

  let closeDashboard = () => {};
  /** @param {boolean} open */
  function showDashboard(open) {
    closeDashboard();
    closeDashboard = open ? mountDashboard(page.dashboard, state, nav) : () => page.dashboard.replaceChildren();
  }
  state.dashboard.subscribe((open) => {
    showDashboard(open);
    if (open) page.dashboard.focus();
  });
  state.pair.listen(() => showDashboard(state.dashboard.get()));

  if (unread.length) notify(state, `The address says what this page does not understand: ${unread.join(', ')}`);
  createRecords(state);
  if (place.at === 'newest') goToLinked(state, nav);
  listenToServer(state, loader);
  if (import.meta.env.MODE === 'test') Object.assign(window, { __chart: { ...chart.handles, state, loader, nav } });
}

/**
 * Wait for the first bars, or that they cannot be had.
 * @param {import('./state/state.js').State} state
 */
function notLoading({ loading }) {
  return new Promise((/** @type {(is: void) => void} */ over) => {
    if (loading.get() === null) over();
    const stop = loading.listen((what) => {
      if (what !== null) return;
      stop();
      over();
    });
  });
}
