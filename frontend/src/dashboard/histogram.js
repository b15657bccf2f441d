/**
 * How profits are spread: trades counted in classes of a round width, 0 always an edge. Pure.
 */

/** About so many classes hold all but the hundredth of the values at either end. */
const CLASSES = 20;
/** At most. */
const MOST = 44;

/**
 * The smallest of 1, 2, 5 times a power of ten that is not less.
 * @param {number} least above 0
 */
export function roundWidth(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/**
 * @param {readonly number[]} values
 * @returns {{ edges: number[], counts: number[] }} one edge more than counts, values in [edge, next edge); empty
 *   without values
 */
export function histogram(values) {
  if (values.length === 0) return { edges: [], counts: [] };
  const sorted = [...values].sort((a, b) => a - b);
  /** @param {number} share */
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  const [low, high] = [Math.min(0, sorted[0]), Math.max(0, sorted[sorted.length - 1])];
  const spread = Math.max(at(0.99), 0) - Math.min(at(0.01), 0) || high - low || 1;
  const width = roundWidth(Math.max(spread / CLASSES, (high - low) / (MOST - 2)));
  const first = Math.floor(low / width);
  const end = Math.max(Math.floor(high / width) + 1, first + 1);
  const counts = new Array(end - first).fill(0);
  for (const value of values) counts[Math.floor(value / width) - first] += 1;
  const edges = Array.from({ length: counts.length + 1 }, (_, index) => rounded((first + index) * width));
  return { edges, counts };
}

/** Without the noise of a product of decimals. @param {number} value */
const rounded = (value) => Number(value.toPrecision(12)) || 0;
