/**
 * Curves of money over time as paths of a small drawing: two of them share one scale, and zero is on it. Pure.
 */

/** @typedef {{ timestamp: number, value: number }} Point ms, USDT */

/**
 * @typedef {object} Drawing
 * @property {string[]} paths one a curve, as SVG writes them
 * @property {number} zero y of zero
 * @property {[number, number]} limits lowest and highest value drawn
 */

/**
 * @param {readonly (readonly Point[])[]} curves each in the order of time
 * @param {{ width: number, height: number }} size
 * @returns {Drawing | null} null when there is nothing to draw
 */
export function drawCurves(curves, { width, height }) {
  const all = curves.flat();
  if (all.length === 0) return null;
  const [from, to] = limitsOf(all.map(({ timestamp }) => timestamp));
  const [low, high] = limitsOf([0, ...all.map(({ value }) => value)]);
  const x = /** @param {number} instant */ (instant) => (to === from ? 0 : ((instant - from) / (to - from)) * width);
  const y = /** @param {number} value */ (value) =>
    high === low ? height / 2 : height - ((value - low) / (high - low)) * height;
  const paths = curves.map((points) =>
    points
      .map(({ timestamp, value }, index) => `${index ? 'L' : 'M'}${x(timestamp).toFixed(1)} ${y(value).toFixed(1)}`)
      .join(''),
  );
  return { paths, zero: y(0), limits: [low, high] };
}

/**
 * @param {readonly number[]} values
 * @returns {[number, number]}
 */
const limitsOf = (values) =>
  values.reduce(
    ([low, high], each) => [Math.min(low, each), Math.max(high, each)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
