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
 * @property {boolean} [chosen] the setup of the chosen trade did
 * @property {Retracement | null} [retracement] what that setup waits for, or waited
 */

/**
 * The way back to a zone's near edge: since when it is waited for, until when, and whether the price came.
 * @typedef {{ price: number, from: number, to: number | null, came: boolean }} Retracement ms; null while it is waited for
 */

/**
 * In CSS px, inside the pane; `back` is the line of the retracement.
 * @typedef {{ zone: Zone, left: number, right: number, top: number, bottom: number,
 *   back: { left: number, right: number, y: number } | null }} Box
 */

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
    if (zone.start >= scale.to || until(zone) < scale.from) continue;
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
      back: backOf(zone, scale),
    });
  }
  return boxes;
}

/** When there is no more to draw of a zone, ms. @param {Zone} zone */
function until({ end, retracement }) {
  const waits = retracement ? (retracement.to ?? Number.POSITIVE_INFINITY) : 0;
  return Math.max(end ?? Number.POSITIVE_INFINITY, waits);
}

/**
 * From the bar that took the zone to the one that came back to it, or to the last bar.
 * @param {Zone} zone
 * @param {import('./scale.js').Scale} scale
 */
function backOf({ retracement }, scale) {
  const y = retracement ? scale.y(retracement.price) : null;
  if (!retracement || y === null) return null;
  const right = retracement.to === null ? scale.left(scale.end) : scale.left(retracement.to) + scale.step;
  return { left: scale.left(retracement.from), right, y };
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
