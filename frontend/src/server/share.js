/**
 * One event stream for all tabs of a browser, which keeps six connections to a server at most: an open stream would take
 * one a tab for good. Who holds the lock has the stream and tells the others over a channel; when it lets go, the next in
 * the queue has it. Where the browser has no locks (a page that is not from localhost or over https) or no channel, a
 * tab has a stream of its own.
 *
 * What tabs say to each other:
 *
 * - `live` whether the stream is there, by who has it;
 * - `news` of a copy, by who has it (news.js);
 * - `predicted`, which predictions there are, by who has it;
 * - `trouble`: ask the server, by who has it;
 * - `ask`: somebody came or missed something; `since` is the copy it knows;
 * - `answer` to that, by who has it: the news since, and which predictions there are.
 */

import { createMemory } from './news.js';
import { openStream } from './stream.js';

/** @typedef {import('./news.js').News} News */
/** @typedef {import('./stream.js').Ears} Ears */

/**
 * @typedef {{ kind: 'live', live: boolean } | { kind: 'news', news: News } | { kind: 'trouble' }
 *   | { kind: 'predicted', state: string | null } | { kind: 'ask', since: string | null }
 *   | { kind: 'answer', live: boolean, predicted: string | null, news: News | null }} Said
 */

/**
 * What the browser brings.
 * @typedef {object} Means
 * @property {import('./stream.js').Open} open
 * @property {Pick<LockManager, 'request'>} [locks]
 * @property {new (name: string) => BroadcastChannel} [Channel]
 */

const NAME = 'cvdbot.events';

/**
 * @param {Ears} ears
 * @param {Means} means
 */
export function shareStream(ears, { open, locks, Channel }) {
  const memory = createMemory();
  let live = false;
  /** @type {string | null} */
  let predicted = null;
  /** @type {BroadcastChannel | null} */
  let channel = null;
  /** Ends the waiting for the lock. @type {AbortController | null} */
  let waiting = null;
  /** Closes the stream and gives the lock away; null while another has it. @type {(() => void) | null} */
  let letGo = null;

  /** @param {boolean} now */
  function setLive(now) {
    if (now === live) return;
    live = now;
    ears.live(live);
  }

  /** @param {string | null} now */
  function setPredicted(now) {
    if (now === predicted) return;
    predicted = now;
    ears.predicted(predicted);
  }

  /** @param {News} news */
  function take(news) {
    memory.note(news);
    ears.copy(news.id, news.changed_from);
  }

  /** @param {Said} said */
  const say = (said) => channel?.postMessage(said);
  const ask = () => say({ kind: 'ask', since: memory.last() });

  /** @param {string | null} since */
  function answer(since) {
    const id = memory.last();
    const news = id === null ? null : { before: since, id, changed_from: memory.since(since) };
    say({ kind: 'answer', live, predicted, news });
  }

  /** @param {Said} said by another tab */
  function hear(said) {
    if (said.kind === 'ask') {
      if (letGo) answer(said.since);
    } else if (letGo) {
      // The one who had the stream before said this just before it let go: the stream tells what it does not know yet.
    } else if (said.kind === 'live') {
      setLive(said.live);
      if (live) ask();
      else ears.trouble();
    } else if (said.kind === 'trouble') {
      ears.trouble();
    } else if (said.kind === 'predicted') {
      setPredicted(said.state);
    } else if (said.kind === 'answer') {
      setLive(said.live);
      setPredicted(said.predicted);
      if (said.news && said.news.before === memory.last() && said.news.id !== memory.last()) take(said.news);
    } else if (said.news.before === memory.last()) {
      take(said.news);
    } else if (said.news.id !== memory.last()) {
      ask();
    }
  }

  /** Have the stream from now on; gives what closes it. */
  const lead = () =>
    openStream(open, memory.last, {
      live: (now) => {
        setLive(now);
        say({ kind: 'live', live });
        if (!live) ears.trouble();
      },
      copy: (id, changed_from) => {
        const news = { before: memory.last(), id, changed_from };
        take(news);
        say({ kind: 'news', news });
      },
      predicted: (state) => {
        setPredicted(state);
        say({ kind: 'predicted', state });
      },
      trouble: () => {
        ears.trouble();
        say({ kind: 'trouble' });
      },
    });

  /** @param {AbortSignal} signal */
  const untilLetGo = (signal) =>
    new Promise((/** @type {(value?: unknown) => void} */ done) => {
      if (signal.aborted) return done();
      const close = lead();
      letGo = () => {
        close();
        letGo = null;
        done();
      };
    });

  return {
    /** Listen, with a stream of one's own or by another tab. */
    join() {
      if (waiting) return;
      waiting = new AbortController();
      const { signal } = waiting;
      if (!locks || !Channel) {
        untilLetGo(signal);
        return;
      }
      channel = new Channel(NAME);
      channel.onmessage = ({ data }) => hear(data);
      ask();
      locks
        .request(NAME, { signal }, () => untilLetGo(signal))
        .catch((error) => {
          if (error.name !== 'AbortError') throw error;
        });
    },
    /** Listen no longer; another tab has the stream then. */
    leave() {
      waiting?.abort();
      letGo?.();
      channel?.close();
      waiting = channel = null;
      setLive(false);
    },
  };
}
