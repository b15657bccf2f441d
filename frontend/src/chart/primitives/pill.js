/** A number in a small rounded frame over a mark: its measures in CSS px. Pure. */

export const PILL = { height: 14, gap: 3, font: '10px system-ui, sans-serif' };

/**
 * Room a number takes with its frame.
 * @param {number} count
 */
export const pillWidth = (count) => 10 + 6 * String(count).length;
