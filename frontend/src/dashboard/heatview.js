/**
 * The heat map of weekdays and hours: a table whose cells are coloured by what was made in them. A sign stands in each,
 * for colour is never the only one.
 */

import { make, say } from '../dom.js';
import { counted } from '../format.js';
import { money } from '../panel/words.js';
import { brief, heatOf, strengthOf, WEEKDAYS } from './heat.js';

/**
 * @param {HTMLElement} element
 * @param {HTMLElement} reading where the cell that the pointer is on is read
 */
export function mountHeat(element, reading) {
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
  const cells = WEEKDAYS.map(() => hours.map(() => make('td')));
  const table = make(
    'table',
    { class: 'heat', 'aria-label': 'Profit by weekday and hour', mouseleave: () => say(reading, '') },
    make('thead', {}, make('tr', {}, make('td'), ...hours.map((hour) => make('th', { scope: 'col' }, hour)))),
    make(
      'tbody',
      {},
      ...WEEKDAYS.map((day, row) => make('tr', {}, make('th', { scope: 'row' }, day.slice(0, 3)), ...cells[row])),
    ),
  );
  element.append(make('div', { class: 'heat-room', tabindex: '0', role: 'region', 'aria-label': 'Heat map' }, table));

  return {
    /**
     * @param {readonly { entryTime: number, profit: number }[]} trades
     * @param {'utc' | 'local'} zone
     */
    show(trades, zone) {
      const rows = heatOf(trades, zone);
      const strength = strengthOf(rows);
      rows.forEach((row, day) => {
        row.forEach((found, hour) => {
          const cell = cells[day][hour];
          const { trades: count, profit } = found;
          say(cell, count ? brief(profit) : '');
          cell.className = count === 0 ? '' : profit < 0 ? 'loss' : 'win';
          cell.style.setProperty('--strength', strength(found).toFixed(2));
          const text = count ? `${WEEKDAYS[day]} ${hours[hour]}:00: ${counted(count, 'trade')}, ${money(profit)}` : '';
          cell.title = text;
          cell.onmouseenter = () => say(reading, text);
        });
      });
    },
  };
}
