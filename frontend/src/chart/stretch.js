/**
 * Keeps an answer for a stretch of time around what is seen: asked anew when the view leaves it, when what is asked
 * about changes, and when it touches the growing end and that has grown. One question at a time; a newer one ends it.
 */

/**
 * What is wanted now.
 * @typedef {object} Wanted
 * @property {string} key what it is asked about: an answer of another key is of no use
 * @property {string} version of the stored data
 * @property {number | null} newest newest stored minute, ms
 * @property {number} from first instant seen, ms
 * @property {number} to first instant no longer seen, ms
 * @property {number} span length of a bar of the answer, ms
 */

/** @typedef {{ key: string, version: string, from: number, to: number, newest: number | null }} Stretch */

/** Quiet time before the view that left the stretch is asked for, ms: a drag asks once, not at each step. */
const PATIENCE = 120;

/**
 * Whether an answer still does.
 * @param {Stretch | null} held
 * @param {Wanted} wanted
 */
export function serves(held, wanted) {
  if (!held || held.key !== wanted.key || held.from > wanted.from || held.to < wanted.to) return false;
  return held.version === wanted.version || (held.newest !== null && held.to <= held.newest);
}

/**
 * The stretch to ask for: what is seen and as much on each side, in whole bars.
 * @param {Wanted} wanted
 * @returns {Stretch}
 */
export function stretchAround({ key, version, newest, from, to, span }) {
  const room = to - from;
  const floor = (/** @type {number} */ instant) => Math.floor(instant / span) * span;
  return { key, version, newest, from: Math.max(0, floor(from - room)), to: floor(to + room) + span };
}

/** Answers that came and are not drawn yet: one a frame, so that none of them is long. @type {(() => void)[]} */
const waiting = [];

/** How long a frame is waited for, ms: a page that nobody sees has none. */
const NO_FRAME = 100;

/** @param {() => void} draw */
function inAFrameOfItsOwn(draw) {
  waiting.push(draw);
  if (waiting.length === 1) soon();
}

function soon() {
  const frame = requestAnimationFrame(next);
  const timer = setTimeout(next, NO_FRAME);
  function next() {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    const draw = waiting.shift();
    if (waiting.length > 0) soon();
    draw?.();
  }
}

/**
 * @template T
 * @param {object} parts
 * @param {() => Wanted | null} parts.wanted null when nothing is
 * @param {(stretch: Stretch, signal: AbortSignal) => Promise<T>} parts.ask
 * @param {(answer: T | null) => void} parts.put null when what was there is of no use
 * @param {(error: unknown) => void} parts.fail
 */
export function createStretch({ wanted, ask, put, fail }) {
  /** @type {Stretch | null} */
  let held = null;
  /** @type {Stretch | null} */
  let asking = null;
  let errand = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function check() {
    const now = wanted();
    clearTimeout(timer);
    if (held && held.key !== now?.key) {
      held = null;
      put(null);
    }
    if (!now || serves(held, now)) {
      if (!now) drop();
      return;
    }
    if (asking && !serves(asking, now)) drop();
    if (!asking) timer = setTimeout(run, held ? PATIENCE : 0);
  }

  function drop() {
    errand.abort();
    asking = null;
  }

  async function run() {
    const now = wanted();
    if (!now) return;
    const mine = new AbortController();
    const stretch = stretchAround(now);
    errand = mine;
    asking = stretch;
    try {
      const answer = await ask(stretch, mine.signal);
      await new Promise((/** @type {(is: void) => void} */ now) => inAFrameOfItsOwn(now));
      if (mine.signal.aborted) return;
      held = stretch;
      asking = null;
      put(answer);
      check(); // the view went on meanwhile
    } catch (error) {
      if (!mine.signal.aborted) fail(error);
    } finally {
      if (asking === stretch) asking = null;
    }
  }

  return {
    check,
    stop() {
      clearTimeout(timer);
      errand.abort();
    },
  };
}
