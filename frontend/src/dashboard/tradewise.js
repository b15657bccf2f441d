/**
 * Trade by trade: what each of the last trades made, and when in the week they were made. Late trades are left out.
 */

import * as format from '../format.js';
import { money } from '../panel/words.js';
import { mountBars } from './bars.js';
import { mountHeat } from './heatview.js';
import { addSection } from './sections.js';

/** Trades of which each has a bar. */
const LAST = 50;

/**
 * @param {HTMLElement} element
 * @param {import('../state/state.js').State} state
 * @param {import('./source.js').Source} source
 * @param {import('./tips.js').Tips} tips
 */
export function mountTradewise(element, state, source, tips) {
  /** @param {string} name @param {string} title @param {string} text @param {string} of */
  const section = (name, title, text, of) =>
    addSection(element, tips, { name, title, of, retry: source.retry, help: [{ title, text }] });
  const eachPart = section(
    'each',
    'Trade by trade',
    `What each of the last ${LAST} trades made, ${format.quote()} net of fees, in the order they were closed; in % of the balance before it. Late trades are left out.`,
    '',
  );
  const each = mountBars(eachPart.content, eachPart.reading, 170);
  const heatPart = section(
    'heat',
    'By weekday and hour',
    'Profit of the trades by weekday and hour of the entry bar\u2019s open, in the zone of the labels (the button in the header). Late trades are left out.',
    '',
  );
  const heat = mountHeat(heatPart.content, heatPart.reading);

  function show() {
    const known = source.trades.get();
    const timely = known.value?.filter(({ late }) => !late) ?? [];
    const none = known.value && timely.length === 0 ? 'No trade was closed in this period.' : null;
    eachPart.state(known, none);
    heatPart.state(known, none);
    if (!known.value || none) return;
    const last = [...timely].sort((one, other) => one.exitTime - other.exitTime || one.id - other.id).slice(-LAST);
    /** @param {number} row */
    const read = (row) => {
      const { tradeNumber, entryType, profit, newBalance } = last[row];
      const before = newBalance - profit;
      const share =
        before > 0 ? ` (${format.signed((100 * profit) / before, (value) => format.fixed(value, 2))} %)` : '';
      return `Trade #${tradeNumber}, ${entryType}: ${money(profit)}${share}`;
    };
    each.show({
      names: last.map(({ tradeNumber }) => String(tradeNumber)),
      values: last.map(({ profit }) => profit),
      colour: 'sign',
      title: format.quote(),
      format: (value) => format.fixed(value, 0),
      read,
      summary: `What the last ${format.counted(last.length, 'trade')} made: ${last.map((_, row) => read(row)).join('; ')}`,
    });
    eachPart.say(timely.length > last.length ? `the last ${last.length} of ${format.formatCount(timely.length)}` : '');
    const zone = state.zone.get();
    heat.show(timely, zone);
    heatPart.say(
      `profit, ${format.quote()}, ${zone === 'utc' ? 'UTC' : format.zoneName(last[last.length - 1].entryTime)}`,
    );
  }

  let frame = 0;
  const recolour = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => each.redraw());
  };
  const stop = [
    source.trades.subscribe(show),
    state.zone.listen(show),
    state.theme.listen(recolour),
    state.palette.listen(recolour),
  ];
  return () => {
    cancelAnimationFrame(frame);
    for (const end of stop) end();
    each.dispose();
  };
}
