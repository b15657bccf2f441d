/**
 * Taking away what is seen: the chart as a picture, the shown bars as CSV, the report as PDF, the view as a link.
 */

import { make } from '../dom.js';
import { accountNow, queryOf } from '../panel/accounts.js';
import { pairOf } from '../state/pair.js';
import { notify } from '../state/state.js';
import { SPANS } from '../state/timeframes.js';
import { linkTo } from '../state/view.js';
import { writeDay } from './calendar.js';
import { icon } from './icons.js';
import { mountPopover } from './popover.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {import('../chart/chart.js').Chart} chart
 */
export function mountExports(element, state, chart) {
  const button = make(
    'button',
    { type: 'button', class: 'quiet', id: 'open-exports', title: 'Picture, CSV, report, link', 'aria-label': 'Export' },
    icon('download'),
  );
  element.append(button);
  const csv = make(
    'a',
    { class: 'item', id: 'export-csv', download: true, href: '#' },
    icon('table'),
    'Shown bars as CSV',
  );
  const report = make(
    'a',
    { class: 'item', id: 'export-report', download: true, href: '#' },
    icon('report'),
    'Report as PDF',
  );
  const of = make('p', { class: 'dim' });
  const box = mountPopover(
    button,
    'exports',
    'Export',
    make(
      'div',
      { class: 'group' },
      item('camera', 'Chart as PNG', 'S', () => savePicture(state, chart)),
      csv,
      report,
      item('link', 'Copy link to this view', '', () => copyLink(state)),
    ),
    make('div', { class: 'group' }, of),
  );

  box.addEventListener('beforetoggle', () => {
    csv.href = csvPath(state);
    report.href = reportPath(state);
    const account = accountNow(state);
    of.textContent = account
      ? `The report is of ${account.pair} ${account.mode}${state.period.get() ? ' in the chosen period' : ', all of it'}.`
      : '';
  });
  box.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('.item')) box.hidePopover();
  });
}

/**
 * @param {'camera' | 'link'} name
 * @param {string} label
 * @param {string} key
 * @param {() => void} click
 */
const item = (name, label, key, click) =>
  make(
    'button',
    { type: 'button', class: 'item', id: `export-${name}`, click },
    icon(name),
    label,
    ...(key ? [make('kbd', {}, key)] : []),
  );

/**
 * The instants at the edges of the view, ms; null before the first bar is seen.
 * @param {State} state
 */
function shownRange(state) {
  const { centre, bars } = state.view.get();
  if (centre === null || bars === null) return null;
  const span = SPANS[state.held.get().timeframe];
  const [from, to] = [centre - (bars / 2) * span, centre + (bars / 2) * span].map((ms) => Math.ceil(ms / span) * span);
  return { from, to };
}

/** @param {State} state */
function csvPath(state) {
  const query = new URLSearchParams({ timeframe: state.held.get().timeframe });
  const range = shownRange(state);
  if (range) {
    query.set('from', String(range.from));
    query.set('to', String(range.to));
  }
  const pair = state.pair.get();
  if (pair !== null) query.set('pair', pair);
  return `/api/export/candles.csv?${query}`;
}

/** @param {State} state */
const reportPath = (state) => `/api/report.pdf?${queryOf(state)}`;

/**
 * Save the chart, its legend drawn into it, as a PNG.
 * @param {State} state
 * @param {import('../chart/chart.js').Chart} chart
 */
export function savePicture(state, chart) {
  const pair = (pairOf(state) ?? 'chart').replace('/', '-');
  const at = state.view.get().centre;
  const name = `${pair}_${state.held.get().timeframe}${at === null ? '' : `_${writeDay(at, 'utc')}`}.png`;
  chart.picture().toBlob((blob) => {
    if (blob === null) {
      notify(state, 'The picture could not be made: the window is too small or too large.');
      return;
    }
    const url = URL.createObjectURL(blob);
    make('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }, 'image/png');
}

/** @param {State} state */
async function copyLink(state) {
  const link = linkTo(state);
  try {
    await navigator.clipboard.writeText(link);
    notify(state, 'The link is copied.');
  } catch {
    notify(state, `This browser lets nothing be copied here. The link: ${link}`);
  }
}
