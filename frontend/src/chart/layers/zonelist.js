/**
 * The gaps and order blocks of an answer as zones to draw: which of them a setup took and when the price came back to
 * them, which are drawn where there are many, and how they look. Pure.
 */

/** @typedef {import('../primitives/boxes.js').Zone} Zone */

/** So many zones of a kind and direction are drawn of those in sight, unless all are asked for. */
export const MOST = 8;

/** Room a label needs in its box, CSS px. */
export const LABEL = { width: 46, height: 14, timeframe: 20 };

/**
 * @param {Pick<import('../../server/answers.js').Indicators, 'gaps' | 'order_blocks'>} answer
 * @param {{ gaps: boolean, blocks: boolean }} shown
 * @param {number} [late] a zone ends so far into its last bar, ms: below its timeframe, at the last shown bar of it
 * @returns {Zone[]}
 */
export function zonesOf(answer, shown, late = 0) {
  /**
   * @param {'gap' | 'block'} kind
   * @param {import('../../server/answers.js').Zone[]} all
   */
  const of = (kind, all) =>
    all.map((zone) => ({
      ...zone,
      id: `${kind} ${zone.start} ${zone.direction}`,
      kind,
      end: zone.end === null ? null : zone.end + late,
      taken: false,
    }));
  return [...(shown.blocks ? of('block', answer.order_blocks) : []), ...(shown.gaps ? of('gap', answer.gaps) : [])];
}

/** @typedef {{ timestamp: number, event: string, detail: Record<string, unknown> }} Step */
/** @typedef {{ trade?: number | null, state?: string, events: readonly Step[] }} Taker a setup */

/**
 * Mark the zones that setups took: the events tell kind and bounds.
 * @param {readonly Zone[]} zones
 * @param {readonly Taker[]} setups
 * @param {{ selected?: number | null, late?: number }} [now] id of the chosen trade; how late in its bar a step is, ms
 * @returns {Zone[]}
 */
export function withTaken(zones, setups, { selected = null, late = 0 } = {}) {
  const key = (/** @type {unknown[]} */ ...parts) => parts.join(' ');
  /** @type {Map<string, { setup: Taker, step: Step }>} */
  const taken = new Map();
  for (const setup of setups)
    for (const step of setup.events)
      if (step.event === 'gap' || step.event === 'order_block')
        taken.set(key(step.event === 'gap' ? 'gap' : 'block', step.detail.top, step.detail.bottom), { setup, step });
  return zones.map((zone) => {
    const by = taken.get(key(zone.kind, zone.top, zone.bottom));
    if (!by) return zone;
    const chosen = selected !== null && by.setup.trade === selected;
    return { ...zone, taken: true, chosen, retracement: retracementOf(zone, by.setup, by.step.timestamp, late) };
  });
}

/**
 * The way back that a setup waits for: to the near edge of its zone. Null where it needs none.
 * @param {Zone} zone
 * @param {Taker} setup
 * @param {number} from open of the bar that took the zone, ms
 * @param {number} late
 * @returns {import('../primitives/boxes.js').Retracement | null}
 */
function retracementOf(zone, setup, from, late) {
  const price = zone.direction === 'bull' ? zone.top : zone.bottom;
  const back = setup.events.find(({ event }) => event === 'retraced');
  if (back) return { price, from, to: back.timestamp + late, came: true };
  const gone = setup.events.find(({ event, detail }) => event === 'aborted' && detail.phase === RETRACEMENT);
  if (gone) return { price, from, to: gone.timestamp + late, came: false };
  return setup.state === RETRACEMENT ? { price, from, to: null, came: false } : null;
}

const RETRACEMENT = 'waiting_for_retracement';

/**
 * Of the zones in sight the newest of each kind and direction, and those of the chosen trade's setup.
 * @param {readonly Zone[]} zones in the order they were found
 * @param {{ from: number, to: number }} sight ms
 * @param {number} [most]
 */
export function newestOf(zones, { from, to }, most = MOST) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const kept = zones.toReversed().filter((zone) => {
    if (zone.chosen) return true;
    if (zone.start >= to || (zone.end !== null && zone.end < from)) return false;
    const side = `${zone.kind} ${zone.direction}`;
    const count = (counts.get(side) ?? 0) + 1;
    counts.set(side, count);
    return count <= most;
  });
  return kept.reverse();
}

/**
 * How a zone is painted: strong and framed while it is open, faint and dashed once it has ended.
 * @param {Pick<Zone, 'end' | 'taken'>} zone
 */
export const lookOf = ({ end, taken }) => ({
  fill: end === null ? 0.15 : 0.05,
  dash: end === null ? [] : [4, 3],
  width: taken ? 2 : 1,
  frame: taken ? 0.95 : end === null ? 0.6 : 0.45,
});

/**
 * What a box says of itself and where the text ends, inside its right edge; null where it is too small.
 * @param {import('../primitives/boxes.js').Box} box
 * @param {number} width of the pane, CSS px
 * @param {string} timeframe of the zone, where it is not the one shown; '' otherwise
 */
export function labelOf({ zone, left, right, top, bottom }, width, timeframe) {
  const end = Math.min(right, width);
  const room = LABEL.width + (timeframe ? LABEL.timeframe : 0);
  if (bottom - top < LABEL.height || end - Math.max(left, 0) < room) return null;
  const arrow = zone.direction === 'bull' ? '\u25b2' : '\u25bc';
  const text = `${zone.kind === 'gap' ? 'FVG' : 'OB'} ${arrow}${timeframe ? ` ${timeframe}` : ''}`;
  return { text, x: end - 4, y: top + 2 };
}
