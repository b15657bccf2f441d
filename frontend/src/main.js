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
import { goToLinked } from './panel/select.js';
import { listenToServer } from './server/live.js';
import { createLoader } from './server/loader.js';
import { mountAbout } from './shell/about.js';
import { mountAlerts } from './shell/alerts.js';
import { savePicture } from './shell/exports.js';
import { mountHeader } from './shell/header.js';
import { listenToKeys } from './shell/keys.js';
import { layOut } from './shell/layout.js';
import { mountNotices, mountToast } from './shell/notices.js';
import { mountStatusline } from './shell/statusline.js';
import { mountThemes } from './shell/themes.js';
import { keepTitle } from './shell/title.js';
import { mountTools } from './shell/tools.js';
import { keepAddress } from './state/address.js';
import { createState, notify } from './state/state.js';

const state = createState();
const { place, unread } = keepAddress(state);
mountThemes(state);
state.zone.subscribe(format.setZone);

const page = layOut(state);
const loader = createLoader(state);
const chart = mountChart(page.canvas, state, loader);
const nav = createNavigation(state, loader, chart);

const about = mountAbout(document.body, state);
const alerts = mountAlerts(state);
const fit = () => chart.fit();
const header = mountHeader(page.header, page.chip, state, { about, fit, nav, chart, alerts });
mountNotices(page.banner, page.centre, state);
mountToast(document.body, state);
keepTitle(state);
mountStatusline(page.statusline, state);
mountLegends(chart, state);
mountTools(page.tools, state, nav);
mountChip(page.chip, state, nav);
mountPanel(page.panel, state, nav);
const picture = () => savePicture(state, chart);
listenToKeys(state, chart, nav, { about, togglePanel: page.togglePanel, goTo: header.goTo, picture });

let closeDashboard = () => {};
state.dashboard.subscribe((open) => {
  closeDashboard();
  closeDashboard = open ? mountDashboard(page.dashboard, state, nav) : () => page.dashboard.replaceChildren();
  if (open) page.dashboard.focus();
});

if (unread.length) notify(state, `The address says what this page does not understand: ${unread.join(', ')}`);
createRecords(state);
if (place.at === 'newest') goToLinked(state, nav);
loader.start(place);
listenToServer(state, loader);

if (import.meta.env.MODE === 'test') Object.assign(window, { __chart: { ...chart.handles, state, loader, nav } });
