/**
 * The gaps and order blocks of an answer as zones to draw, and which of them a setup took. Pure.
 */

/** @typedef {import('../primitives/boxes.js').Zone} Zone */

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

/**
 * Mark the zones that setups took: the events tell kind and bounds.
 * @param {readonly Zone[]} zones
 * @param {readonly { events: readonly { event: string, detail: Record<string, unknown> }[] }[]} setups
 * @returns {Zone[]}
 */
export function withTaken(zones, setups) {
  const key = (/** @type {unknown[]} */ ...parts) => parts.join(' ');
  const taken = new Set(
    setups.flatMap(({ events }) =>
      events
        .filter(({ event }) => event === 'gap' || event === 'order_block')
        .map(({ event, detail }) => key(event === 'gap' ? 'gap' : 'block', detail.top, detail.bottom)),
    ),
  );
  return zones.map((zone) => (taken.has(key(zone.kind, zone.top, zone.bottom)) ? { ...zone, taken: true } : zone));
}
