/**
 * What the server's event stream told, and how to hand it on so that nobody misses any: each piece of news says after
 * which copy of the data it comes. Who knows that copy can take it; who does not has a gap, and asks for what changed
 * since the copy it knows.
 */

/**
 * @typedef {object} News
 * @property {string | null} before id of the copy that was told before; null: none
 * @property {string} id of the copy there is now
 * @property {number | null} changed_from ms; what lies from here on may differ from `before`. null: only newer rows came
 */

/** News that are remembered. */
const MOST = 1_000;
/** From the beginning of time. */
const EVERYTHING = 0;
/** How long to wait, ms, before a refused stream is opened anew: at least, and at most. */
export const SOONEST = 1_000;
export const LATEST = 30_000;

export function createMemory() {
  /** Each begins where the one before ended. @type {News[]} */
  let heard = [];
  const last = () => heard.at(-1)?.id ?? null;

  return {
    /** The id of the newest copy told of; null before any. */
    last,
    /** @param {News} news */
    note(news) {
      heard = news.before === last() ? [...heard.slice(1 - MOST), news] : [news];
    },
    /**
     * From where on the past changed since a copy.
     * @param {string | null} id null: nothing was known, so nothing changed
     * @returns {number | null} ms; everything, when nobody remembers that copy
     */
    since(id) {
      if (id === null || id === last()) return null;
      const first = heard.findLastIndex(({ before }) => before === id);
      if (first < 0) return EVERYTHING;
      return heard
        .slice(first)
        .reduce((/** @type {number | null} */ from, news) => least(from, news.changed_from), null);
    },
  };
}

/** @typedef {ReturnType<typeof createMemory>} Memory */

/**
 * @param {number | null} one
 * @param {number | null} other
 */
const least = (one, other) => (one === null || other === null ? (one ?? other) : Math.min(one, other));

/**
 * How long to wait, ms, before trying again: longer each time, and not all at the same moment.
 * @param {number} refusals in a row, before this one
 * @param {number} chance from 0 to 1
 */
export function pause(refusals, chance) {
  const longest = Math.min(LATEST, 2 * SOONEST * 2 ** refusals);
  return SOONEST + chance * (longest - SOONEST);
}
