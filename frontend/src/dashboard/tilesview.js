/**
 * The tiles' elements: made once, so that new figures change texts and nothing moves.
 */

import { make, say } from '../dom.js';

/** @typedef {import('./tiles.js').Tile} Tile */

/** Lines under a value, as many as there is room for. */
const LINES = 3;

/**
 * @param {HTMLElement} element
 * @param {readonly { name: string, label: string }[]} labels
 * @param {import('./tips.js').Tips} tips
 */
export function mountTiles(element, labels, tips) {
  const parts = new Map(
    labels.map(({ name, label }) => {
      const part = {
        label: tips.label(label),
        n: make('span', { class: 'n' }),
        value: make('b'),
        unit: make('small'),
        fill: make('i'),
        mark: make('em'),
        meter: make('span', { class: 'meter', 'aria-hidden': 'true' }),
        lines: Array.from({ length: LINES }, () => make('span')),
      };
      part.meter.append(part.fill, part.mark);
      element.append(
        make(
          'article',
          { class: 'tile', 'data-tile': name },
          make('h3', {}, part.label, part.n),
          make('p', { class: 'value' }, part.value, part.unit),
          part.meter,
          make('p', { class: 'lines' }, ...part.lines),
        ),
      );
      return [name, part];
    }),
  );

  return {
    /** @param {readonly Tile[]} tiles */
    show(tiles) {
      for (const { name, value, unit, tone, few, n, lines, meter, help } of tiles) {
        const part = parts.get(name);
        if (!part) continue;
        tips.explain(part.label, help);
        say(part.n, n);
        say(part.value, value);
        say(part.unit, unit && ` ${unit}`);
        part.value.className = few ? 'few' : tone;
        part.meter.hidden = meter === null;
        if (meter) {
          part.fill.style.width = `${meter.value}%`;
          part.mark.hidden = meter.mark === null || meter.mark > 100;
          part.mark.style.left = `${Math.min(100, meter.mark ?? 0)}%`;
          part.fill.className = tone;
        }
        part.lines.forEach((line, index) => {
          say(line, lines[index]?.text ?? '');
          line.className = lines[index]?.tone ?? '';
        });
      }
      element.classList.remove('skeleton');
    },
    /** Nothing is known yet: bars in the place of the figures. */
    wait() {
      for (const part of parts.values()) {
        for (const each of [part.n, part.value, part.unit, ...part.lines]) say(each, '');
        part.meter.hidden = true;
      }
      element.classList.add('skeleton');
    },
  };
}
