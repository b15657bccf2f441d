/**
 * Being told of new data instead of asking: the server's event stream, and the loader's polling while there is none.
 *
 * An event brings no rows, only that there are some and from where on the past changed; the loader fetches. A page
 * nobody sees does not listen, unless it shall give notice.
 */

import { shareStream } from './share.js';

/** @typedef {import('../state/state.js').State} State */

/** @returns {import('./share.js').Means} */
const ofBrowser = () => ({
  open: (path) => new EventSource(path),
  locks: navigator.locks,
  Channel: window.BroadcastChannel,
});

/**
 * @param {State} state
 * @param {import('./loader.js').Loader} loader
 */
export function listenToServer(state, loader) {
  /** The page is left, and may come back as it was. */
  let left = false;
  const shared = shareStream(
    {
      live: (live) => state.live.set(live),
      copy: (_, changedFrom) => {
        if (changedFrom !== null) loader.refreshFrom(changedFrom);
        loader.poll();
      },
      predicted: (told) => state.predicted.set(told),
      trouble: () => loader.poll(),
    },
    ofBrowser(),
  );

  const wanted = () => !left && (document.visibilityState === 'visible' || state.notices.get() || state.sound.get());

  /** Listen or not, as it is wanted. */
  function arrange() {
    if (wanted()) shared.join();
    else shared.leave();
  }

  /** @param {Event} event */
  function comeOrGo({ type }) {
    left = type === 'pagehide';
    arrange();
  }

  document.addEventListener('visibilitychange', arrange);
  window.addEventListener('pagehide', comeOrGo);
  window.addEventListener('pageshow', comeOrGo);
  const stop = [state.notices.listen(arrange), state.sound.listen(arrange)];
  arrange();
  return () => {
    document.removeEventListener('visibilitychange', arrange);
    window.removeEventListener('pagehide', comeOrGo);
    window.removeEventListener('pageshow', comeOrGo);
    for (const end of stop) end();
    shared.leave();
  };
}
