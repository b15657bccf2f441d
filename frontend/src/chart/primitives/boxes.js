/**
 * Zones as boxes: fair value gaps and order blocks from the bar they start at to the bar that ended them, open ones to
 * the last bar. Only what is in sight is given. Pure.
 */

/**
 * @typedef {object} Zone
 * @property {string} id
 * @property {'gap' | 'block'} kind
 * @property {number} start ms
 * @property {number | null} end ms; null while it is open
 * @property {string} direction `bull` or `bear`
 * @property {number} top
 * @property {number} bottom
 * @property {string | null} ended_by
 * @property {boolean} taken a setup took it
 */

/** @typedef {{ zone: Zone, left: number, right: number, top: number, bottom: number }} Box in CSS px, inside the pane */

/** Narrowest box that can be seen, CSS px. */
const LEAST = 2;

/**
 * @param {readonly Zone[]} zones
 * @param {import('./scale.js').Scale} scale
 * @returns {Box[]} in the order of the zones
 */
export function boxesOf(zones, scale) {
  /** @type {Box[]} */
  const boxes = [];
  for (const zone of zones) {
    if (zone.start >= scale.to || (zone.end !== null && zone.end < scale.from)) continue;
    const top = scale.y(zone.top);
    const bottom = scale.y(zone.bottom);
    if (top === null || bottom === null) continue;
    const left = scale.left(zone.start);
    const right = zone.end === null ? scale.left(scale.end) : scale.left(zone.end) + scale.step;
    boxes.push({
      zone,
      left: Math.max(-LEAST, left),
      right: Math.min(scale.width + LEAST, Math.max(right, left + LEAST)),
      top: Math.min(top, bottom - 1),
      bottom,
    });
  }
  return boxes;
}

/**
 * The smallest box at a point: a large one does not hide a small one inside it.
 * @param {readonly Box[]} boxes
 * @param {number} x
 * @param {number} y
 */
export function boxAt(boxes, x, y) {
  /** @type {Box | null} */
  let found = null;
  for (const box of boxes)
    if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom && (!found || area(box) < area(found)))
      found = box;
  return found;
}

/** @param {Box} box */
const area = ({ left, right, top, bottom }) => (right - left) * (bottom - top);
