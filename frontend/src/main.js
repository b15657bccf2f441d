/**
 * The page: makes the parts and connects them.
 */

import '@picocss/pico/css/pico.min.css';
import './style.css';
import { mountAbout } from './about.js';
import { mountChart } from './chart.js';
import { make } from './dom.js';
import { mountHeader } from './header.js';
import { listenToKeys } from './keys.js';
import { mountLegends } from './legend.js';
import { createLoader } from './loader.js';
import { mountNotices } from './notices.js';
import { createState } from './state.js';
import { mountStatusline } from './statusline.js';

const header = make('header', { id: 'header' });
const banner = make('div', { id: 'banner', role: 'alert', hidden: true });
const canvas = make('div', { id: 'chart', role: 'img', 'aria-label': 'Candles, volume and CVD' });
const centre = make('div', { id: 'centre', role: 'status' });
const statusline = make('footer', { id: 'statusline' });
const now = make(
  'button',
  { type: 'button', class: 'quiet', id: 'now', hidden: true, title: 'To the newest bar (End)' },
  '\u00bb',
);
document.body.append(header, banner, make('main', {}, canvas, now, centre), statusline);

const state = createState();
const loader = createLoader(state);
const about = mountAbout(document.body, state);
mountHeader(header, state, { about });
mountNotices(banner, centre, state);
mountStatusline(statusline, state);
const chart = mountChart(canvas, state, loader);
mountLegends(chart, state);
listenToKeys(state, chart, { about });

now.addEventListener('click', () => chart.toNewest());
state.view.subscribe(({ following }) => {
  now.hidden = following;
});
state.timeframe.listen(() => {
  const { following, centre: instant } = state.view.get();
  loader.open(following ? null : instant);
});
loader.start();

if (import.meta.env.MODE === 'test') Object.assign(window, { __chart: { ...chart.handles, state, loader } });
