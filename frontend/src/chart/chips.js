/**
 * What is laid over the chart, as small chips with an eye: a click shows or hides it. Beside them whose crosses and
 * gaps are drawn: the strategy's at its own timeframe, or those of the bars shown.
 */

import './chips.css';
import eye from 'lucide-static/icons/eye.svg?raw';
import eyeOff from 'lucide-static/icons/eye-off.svg?raw';
import { make, say } from '../dom.js';

/** @typedef {import('../state/state.js').Overlay} Overlay */

/** @type {[Overlay, string, string][]} */
const CHIPS = [
  ['gaps', 'Gaps', 'Fair value gaps'],
  ['blocks', 'Blocks', 'Order blocks'],
  ['allzones', 'All zones', 'Every gap and block in sight; otherwise the newest 8 of each kind and direction'],
  ['signals', 'Crosses', 'Where the CVD crossed zero'],
  ['trades', 'Trades', 'Completed trades'],
  ['position', 'Position', 'The open position with stop and target'],
  ['venues', 'Venues', 'CVD and volume of each exchange: who led'],
  ['configurations', 'Settings', 'Changes of the configuration'],
  ['completeness', 'Complete', 'How complete each bar is: the strip at the foot'],
];

/** @param {string} source */
function svg(source) {
  const parsed = new DOMParser().parseFromString(source, 'image/svg+xml').documentElement;
  const drawn = document.importNode(parsed, true);
  drawn.setAttribute('class', 'icon');
  drawn.setAttribute('aria-hidden', 'true');
  return drawn;
}

/**
 * @param {import('../state/state.js').State} state
 * @param {import('./overlaydata.js').OverlayData} overlays
 */
export function makeChips(state, overlays) {
  const chips = CHIPS.map(([name, label, title]) => ({
    name,
    button: make(
      'button',
      {
        type: 'button',
        class: 'quiet chip',
        title,
        'data-overlay': name,
        click: () => state.overlays.set({ ...state.overlays.get(), [name]: !state.overlays.get()[name] }),
      },
      svg(eyeOff),
      svg(eye),
      label,
    ),
  }));
  const whose = make('button', {
    type: 'button',
    class: 'quiet chip',
    id: 'signals-of',
    click: () => state.signalsOf.set(state.signalsOf.get() === 'strategy' ? 'shown' : 'strategy'),
  });
  const element = make(
    'div',
    { class: 'chips', role: 'group', 'aria-label': 'What is drawn' },
    ...chips.map(({ button }) => button),
    whose,
  );

  function showOverlays() {
    const shown = state.overlays.get();
    for (const { name, button } of chips) button.setAttribute('aria-pressed', String(shown[name]));
  }

  function showWhose() {
    const strategy = state.signalsOf.get() === 'strategy';
    const timeframe = strategy ? overlays.ownTimeframe() : state.held.get().timeframe;
    const many = overlays.tooMany.get();
    say(
      whose,
      many ? 'zoom in for gaps and crosses' : strategy ? `of the strategy, ${timeframe}` : `of these ${timeframe} bars`,
    );
    whose.title = strategy
      ? 'Gaps, blocks and crosses are those the strategy sees on its own timeframe. Click: those of the bars shown'
      : "Gaps, blocks and crosses are those of the bars shown. Click: the strategy's own";
  }

  const stop = [
    state.overlays.subscribe(showOverlays),
    ...[state.signalsOf, state.held, state.status, overlays.tooMany].map((part) =>
      /** @type {import('nanostores').ReadableAtom<any>} */ (part).subscribe(showWhose),
    ),
  ];
  return {
    element,
    dispose() {
      for (const end of stop) end();
    },
  };
}
