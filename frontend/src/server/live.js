/**
 * Being told of new data instead of asking: the server's event stream, and the loader's polling while there is none.
 *
 * An event brings no rows, only that there are some and from where on the past changed; the loader fetches. A browser
 * keeps six connections to a server at most and an open stream takes one, so a page nobody sees lets go of it, unless
 * it shall give notice.
 */

import { BadAnswer, readNews } from './answers.js';

/** @typedef {import('../state/state.js').State} State */

/** How long to wait, ms, before a stream that the browser gave up is opened anew. */
const AGAIN = 5_000;

/**
 * @param {State} state
 * @param {import('./loader.js').Loader} loader
 * @param {(path: string) => EventSource} [open]
 */
export function listenToServer(state, loader, open = (path) => new EventSource(path)) {
  /** @type {EventSource | null} */
  let stream = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;

  const wanted = () => document.visibilityState === 'visible' || state.notices.get() || state.sound.get();

  /** Open the stream or let go of it, as it is wanted. */
  function arrange() {
    if (wanted() && stream === null) listen();
    else if (!wanted()) leave();
  }

  function listen() {
    clearTimeout(again);
    stream = open('/api/events');
    stream.addEventListener('open', () => state.live.set(true));
    stream.addEventListener('snapshot', (event) => hear(/** @type {MessageEvent} */ (event).data));
    stream.addEventListener('unavailable', () => loader.poll());
    stream.addEventListener('error', lost);
  }

  function leave() {
    clearTimeout(again);
    stream?.close();
    stream = null;
    state.live.set(false);
  }

  /** @param {string} data */
  function hear(data) {
    try {
      const { changed_from } = readNews(JSON.parse(data));
      if (changed_from !== null) loader.refreshFrom(changed_from);
    } catch (error) {
      if (!(error instanceof BadAnswer || error instanceof SyntaxError)) throw error;
    }
    loader.poll(); // whatever it says, there is something new
  }

  /** The stream broke off: ask at once whether the server is there. The browser connects again, unless refused. */
  function lost() {
    state.live.set(false);
    loader.poll();
    if (stream?.readyState !== EventSource.CLOSED) return;
    stream = null;
    again = setTimeout(arrange, AGAIN);
  }

  document.addEventListener('visibilitychange', arrange);
  const stop = [state.notices.listen(arrange), state.sound.listen(arrange)];
  arrange();
  return () => {
    document.removeEventListener('visibilitychange', arrange);
    for (const end of stop) end();
    leave();
  };
}
