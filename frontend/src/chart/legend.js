/**
 * The legends in the panes: the bar under the mouse, else the newest.
 */

import './legend.css';
import { make, say } from '../dom.js';
import * as format from '../format.js';
import { pairOf } from '../state/pair.js';
import { SPANS } from '../state/timeframes.js';
import { makeChips } from './chips.js';
import { lengthOf } from './cvd.js';

/** @typedef {import('../state/state.js').State} State */

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
  const chips = makeChips(state, chart.overlays);
  const candles = make(
    'div',
    { class: 'legend', id: 'legend' },
    make('div', { class: 'legend-line' }, name, bar, hole, complete),
    chips.element,
  );

  const buy = field('buy', 'up');
  const sell = field('sell', 'down');
  const delta = field('delta');
  const total = make('b');
  const coin = make('span');
  delta.box.className = 'delta-key';
  const shares = make('span', { class: 'legend-values', id: 'legend-shares' });
  const volume = make(
    'div',
    { class: 'legend legend-line', id: 'legend-volume' },
    make('span', {}, 'Volume'),
    make('span', {}, total, ' ', coin),
    buy.box,
    sell.box,
    delta.box,
    shares,
  );

  const cvdValue = make('b');
  const mode = make('button', {
    type: 'button',
    class: 'quiet chip',
    click: () => state.cvd.set(state.cvd.get() === 'running' ? 'anchored' : 'running'),
  });
  const form = make('button', {
    type: 'button',
    class: 'quiet chip',
    id: 'cvd-form',
    click: () => state.cvdForm.set(state.cvdForm.get() === 'line' ? 'candles' : 'line'),
  });
  const summed = make('span', { class: 'summed' });
  const led = make('span', { class: 'legend-values', id: 'legend-led' });
  const cvd = make(
    'div',
    { class: 'legend legend-line', id: 'legend-cvd' },
    make('span', {}, 'CVD'),
    cvdValue,
    summed,
    make('span', { class: 'chips' }, mode, form),
    led,
  );

  function show() {
    const { values: pointed, hole: missing } = state.pointed.get();
    const values = pointed ?? (missing ? null : state.newest.get());
    const held = state.held.get();
    say(name, `${pairOf(state) ?? ''} \u00b7 ${held.timeframe}`);
    bar.hidden = values === null;
    hole.hidden = missing === null;
    if (missing) {
      const lasted = format.formatDuration(missing.to - missing.from);
      const zone = format.zoneName(missing.from);
      say(hole, `no data ${format.formatStretch(missing.from, missing.to)} ${zone} (${lasted})`);
    }
    volume.hidden = values === null;
    say(cvdValue, values?.cvd == null ? '' : `${format.signed(values.cvd, format.formatSize)} ${format.base()}`);
    say(complete, values ? completeness(values.sources, values.configured) : '');
    if (!values) return;
    const direction = values.close >= values.open ? 'up' : 'down';
    bar.className = `legend-values ${direction}`;
    say(price.value, format.formatPrice(values.open));
    say(high.value, format.formatPrice(values.high));
    say(low.value, format.formatPrice(values.low));
    say(close.value, format.formatPrice(values.close));
    say(change, format.formatChange(values.open, values.close));
    say(coin, format.base());
    say(total, format.formatSize(values.buy + values.sell));
    say(buy.value, format.formatSize(values.buy));
    say(sell.value, format.formatSize(values.sell));
    say(delta.value, format.signed(values.delta, format.formatSize));
    delta.value.className = sign(values.delta);
    cvdValue.className = sign(values.cvd ?? 0);
    showVenues(values.timestamp);
  }

  /**
   * Who led the bar: each exchange's CVD, and its share of the volume.
   * @param {number} timestamp
   */
  function showVenues(timestamp) {
    const all = state.overlays.get().venues ? chart.led(timestamp) : [];
    led.hidden = all.length === 0;
    shares.hidden = all.length === 0;
    if (all.length === 0) return;
    led.replaceChildren(
      ...all.map(({ exchange, colour, cvd: value }) =>
        coloured(colour, `${exchange} ${value === null ? '' : format.signed(value, format.formatSize)}`),
      ),
    );
    shares.replaceChildren(
      ...all.map(({ exchange, colour, share }) => coloured(colour, `${exchange} ${format.fixed(share * 100, 0)} %`)),
    );
  }

  function showMode() {
    const running = state.cvd.get() === 'running';
    const zero = state.cvdZero.get();
    const { timeframe } = state.held.get();
    const anchor = chart.overlays.anchor();
    const own = (lengthOf(anchor) ?? 0) >= SPANS[timeframe] ? anchor : timeframe;
    say(mode, running ? `running, 0 at ${format.formatDay(zero)} ${format.formatTime(zero)}` : `anew each ${own}`);
    say(summed, chart.overlays.byPolarity() ? 'sum of volume by candle colour' : 'sum of buy \u2212 sell');
    mode.title = running
      ? 'Added up from the left edge of the view on. Click: from zero in each anchor period, as the strategy does (V)'
      : 'From zero in each anchor period, as the strategy does. Click: added up over the view (V)';
    const candles = state.cvdForm.get() === 'candles';
    say(form, candles ? 'as candles' : 'as a line');
    form.title = candles
      ? 'How far it went within each bar; hollow where a venue is missing. Click: as a line'
      : 'Dashed where a venue is missing. Click: as candles, with how far it went within each bar';
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

  const shown = listenTo(
    [state.pointed, state.newest, state.held, state.status, state.zone, state.overlays, chart.overlays.venues],
    show,
  );
  const modes = listenTo([state.cvd, state.cvdForm, state.cvdZero, state.held, state.status, state.zone], showMode);
  show();
  showMode();
  return () => {
    for (const end of [...shown, ...modes]) end();
    chips.dispose();
  };
}

/**
 * @param {readonly import('nanostores').ReadableAtom<any>[]} parts
 * @param {() => void} act
 */
const listenTo = (parts, act) => parts.map((part) => part.listen(act));

/**
 * @param {string} colour
 * @param {string} text
 */
function coloured(colour, text) {
  const span = make('span', {}, text);
  span.style.color = colour;
  return span;
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
