/**
 * An answer kept what the server has: asked anew when what is asked about changes, and when the stored data does.
 *
 * Another key ends the question under way; a newer version of the data waits for it, so that versions which come faster
 * than answers starve nobody. What is there stays while it is asked for again. What failed is asked again with the next
 * version, or when the reader wishes it. The answers are checked at the door, by the readers of api.js.
 */

import { atom } from 'nanostores';
import { BadAnswer } from './answers.js';
import { Refused, ServerLost } from './api.js';

/**
 * What is known.
 * @template T
 * @typedef {object} Known
 * @property {T | null} value the newest answer
 * @property {boolean} waiting `value` is not of what is wanted
 * @property {string | null} problem why there is none, in words
 */

/**
 * What is wanted.
 * @template Q
 * @typedef {object} Wanted
 * @property {string} key what it is asked about
 * @property {string | null} version of the stored data; null while the server cannot be asked
 * @property {Q} question
 * @property {boolean} [keep] the answer to another key is shown until this one is there
 */

/** The problem while nobody answers. */
export const LOST = 'The server does not answer.';

/**
 * @template Q, T
 * @param {(question: Q, signal: AbortSignal) => Promise<T>} fetch
 */
export function resource(fetch) {
  const known = atom(/** @type {Known<T>} */ ({ value: null, waiting: true, problem: null }));
  /** @type {Wanted<Q> | null} */
  let wanted = null;
  /** The question under way. @type {AbortController | null} */
  let errand = null;
  /** The newest version that was answered, and that failed. @type {string | null} */
  let answered = null;
  /** @type {string | null} */
  let failed = null;

  /** @param {Wanted<Q>} next */
  function want(next) {
    const other = next.key !== wanted?.key;
    wanted = next;
    if (other) {
      errand?.abort();
      errand = answered = failed = null;
      known.set({ value: next.keep ? known.get().value : null, waiting: true, problem: null });
    }
    check();
  }

  function check() {
    if (!wanted || wanted.version === null || errand) return;
    if (wanted.version !== answered && wanted.version !== failed) ask(wanted, wanted.version);
  }

  /**
   * @param {Wanted<Q>} now
   * @param {string} version
   */
  async function ask({ question }, version) {
    const mine = new AbortController();
    errand = mine;
    /** @type {Known<T>} */
    let told;
    try {
      told = { value: await fetch(question, mine.signal), waiting: false, problem: null };
      answered = mine.signal.aborted ? answered : version;
    } catch (error) {
      if (mine.signal.aborted) return;
      told = { ...known.get(), waiting: false, problem: wordsFor(error) };
      failed = version;
    }
    if (mine.signal.aborted) return;
    errand = null;
    known.set(told);
    check();
  }

  return {
    known,
    want,
    /** Whether a question is under way. */
    busy: () => errand !== null,
    /** Ask again for what failed: the server is back. */
    again() {
      failed = null;
      check();
    },
    /** Ask again for what failed, and say so: the reader wishes it. */
    retry() {
      if (known.get().problem) known.set({ ...known.get(), waiting: true, problem: null });
      failed = null;
      check();
    },
    dispose: () => errand?.abort(),
  };
}

/**
 * @template Q, T
 * @typedef {ReturnType<typeof resource<Q, T>>} Resource
 */

/**
 * Why there is no answer.
 * @param {unknown} error
 * @returns {string} a sentence
 */
function wordsFor(error) {
  if (error instanceof ServerLost) return LOST;
  if (error instanceof Refused) return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  if (error instanceof BadAnswer) return `This page does not understand the server (${error.message}): reload it.`;
  throw error;
}
