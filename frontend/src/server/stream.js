/**
 * The server's event stream, open until it is left. The browser connects again when it breaks off, but gives it up once
 * it is refused; then it is opened anew after a while.
 */

import { BadAnswer, readNews, readPredicted } from './answers.js';
import { pause } from './news.js';

/**
 * What comes from a stream.
 * @typedef {object} Ears
 * @property {(live: boolean) => void} live whether it is there, at each change
 * @property {(id: string, changedFrom: number | null) => void} copy there is new data; the past changed from here on
 * @property {(state: string | null) => void} predicted there are other predictions; null: there are none any more
 * @property {() => void} trouble the data cannot be read, or the stream is not understood: ask the server
 */

/** @typedef {(path: string) => EventSource} Open */

/**
 * @param {Open} open
 * @param {() => string | null} last id of the copy that is known already
 * @param {Ears} ears
 * @returns {() => void} leave it
 */
export function openStream(open, last, ears) {
  /** @type {EventSource} */
  let stream;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;
  let refusals = 0;

  function connect() {
    const known = last();
    stream = open(known === null ? '/api/events' : `/api/events?after=${encodeURIComponent(known)}`);
    stream.addEventListener('open', () => {
      refusals = 0;
      ears.live(true);
    });
    hear('snapshot', readNews, ({ snapshot, changed_from }) => ears.copy(snapshot.id, changed_from));
    hear('prediction', readPredicted, ({ prediction }) => ears.predicted(prediction));
    stream.addEventListener('unavailable', () => ears.trouble());
    stream.addEventListener('error', lost);
  }

  /**
   * @template T
   * @param {string} kind of event
   * @param {(body: unknown) => T} read
   * @param {(told: T) => void} tell
   */
  function hear(kind, read, tell) {
    stream.addEventListener(kind, (event) => {
      try {
        tell(read(JSON.parse(/** @type {MessageEvent} */ (event).data)));
      } catch (error) {
        if (!(error instanceof BadAnswer || error instanceof SyntaxError)) throw error;
        ears.trouble();
      }
    });
  }

  function lost() {
    ears.live(false);
    if (stream.readyState === EventSource.CLOSED) again = setTimeout(connect, pause(refusals++, Math.random()));
  }

  connect();
  return () => {
    clearTimeout(again);
    stream.close();
  };
}
