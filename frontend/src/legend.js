/**
 * The legends in the panes: the bar under the mouse, else the newest.
 */

import { make, say } from './dom.js';
import * as format from './format.js';

/** @typedef {import('./state.js').State} State */

/**
 * @param {import('./chart.js').Chart} chart
 * @param {State} state
 */
export function mountLegends(chart, state) {
  const price = field('O');
  const high = field('H');
  const low = field('L');
  const close = field('C');
  const change = make('b');
  const name = make('span', { class: 'legend-name' });
  const complete = make('span', { class: 'legend-note' });
  const bar = make('span', { class: 'legend-values' }, price.box, high.box, low.box, close.box, change);
  const hole = make('span', { class: 'legend-note warn', hidden: true });
  const candles = make('div', { class: 'legend', id: 'legend' }, name, bar, hole, complete);

  const buy = field('buy', 'up');
  const sell = field('sell', 'down');
  const delta = field('delta');
  delta.box.className = 'delta-key';
  const volume = make('div', { class: 'legend', id: 'legend-volume' }, 'Volume BTC', buy.box, sell.box, delta.box);

  const cvdValue = make('b');
  const mode = make('button', {
    type: 'button',
    class: 'quiet chip',
    click: () => state.cvd.set(state.cvd.get() === 'running' ? 'anchored' : 'running'),
  });
  const cvd = make('div', { class: 'legend', id: 'legend-cvd' }, 'CVD', mode, cvdValue);

  function show() {
    const { values: pointed, hole: missing } = state.pointed.get();
    const values = pointed ?? (missing ? null : state.newest.get());
    const held = state.held.get();
    say(name, `${state.status.get()?.pairs[0] ?? ''} \u00b7 ${held.timeframe}`);
    bar.hidden = values === null;
    hole.hidden = missing === null;
    if (missing) {
      const lasted = format.formatDuration(missing.to - missing.from);
      say(hole, `no data ${format.formatStretch(missing.from, missing.to)} UTC (${lasted})`);
    }
    volume.hidden = values === null;
    say(cvdValue, values?.cvd == null ? '' : format.signed(values.cvd, format.formatSize));
    say(complete, values ? completeness(values.sources, values.configured) : '');
    if (!values) return;
    const direction = values.close >= values.open ? 'up' : 'down';
    bar.className = `legend-values ${direction}`;
    say(price.value, format.formatPrice(values.open));
    say(high.value, format.formatPrice(values.high));
    say(low.value, format.formatPrice(values.low));
    say(close.value, format.formatPrice(values.close));
    say(change, format.formatChange(values.open, values.close));
    say(buy.value, format.formatSize(values.buy));
    say(sell.value, format.formatSize(values.sell));
    say(delta.value, format.signed(values.delta, format.formatSize));
    delta.value.className = sign(values.delta);
    cvdValue.className = sign(values.cvd ?? 0);
  }

  function showMode() {
    const running = state.cvd.get() === 'running';
    const { zeroAt } = state.held.get();
    const span = state.held.get().timeframe;
    const anchor = ['30m', '1h', '4h', '1d'].includes(span) ? span : '15m';
    say(
      mode,
      running ? `running, 0 at ${format.formatDay(zeroAt)} ${format.formatTime(zeroAt)}` : `anchored ${anchor}`,
    );
    mode.title = running
      ? 'Added up from that bar on. Click: from zero in each anchor period, as the strategy does'
      : 'From zero in each anchor period, as the strategy does. Click: added up without end';
  }

  const places = [candles, volume, cvd];
  function attach() {
    const waiting = places.filter((legend, index) => {
      const pane = chart.pane(index);
      if (!pane) return true;
      pane.style.position = 'relative';
      if (legend.parentElement !== pane) pane.append(legend);
      return false;
    });
    if (waiting.length) requestAnimationFrame(attach);
  }
  attach();

  const shown = [state.pointed, state.newest, state.held, state.status].map((part) => part.listen(show));
  const modes = [state.cvd, state.held].map((part) => part.listen(showMode));
  show();
  showMode();
  return () => {
    for (const end of [...shown, ...modes]) end();
  };
}

/**
 * @param {string} label
 * @param {string} [kind]
 */
function field(label, kind = '') {
  const value = make('b', { class: kind });
  return { value, box: make('span', {}, `${label} `, value) };
}

/** @param {number} value */
const sign = (value) => (value > 0 ? 'up' : value < 0 ? 'down' : '');

/**
 * @param {number | null} sources
 * @param {number | null} configured
 */
function completeness(sources, configured) {
  if (sources === null || configured === null || sources >= configured) return '';
  return sources === 0 ? 'incomplete: minutes or venues missing' : `${sources} of ${configured} venues complete`;
}
