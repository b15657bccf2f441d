import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createMemory, LATEST, pause, SOONEST } from '../src/server/news.js';
import { shareStream } from '../src/server/share.js';

/** @typedef {import('../src/server/news.js').News} News */

/** What Node lacks: a browser's way to say whether a stream was given up. */
Object.assign(globalThis, { EventSource: { CLOSED: 2 } });

/**
 * @param {string | null} before
 * @param {string} id
 * @param {number | null} [changed_from]
 * @returns {News}
 */
const news = (before, id, changed_from = null) => ({ before, id, changed_from });

test('what changed since a copy is the earliest of all that was told after it', () => {
  const memory = createMemory();
  assert.equal(memory.last(), null);
  for (const one of [news(null, 'a'), news('a', 'b', 500), news('b', 'c', 300), news('c', 'd')]) memory.note(one);
  assert.equal(memory.last(), 'd');
  assert.equal(memory.since('a'), 300);
  assert.equal(memory.since('c'), null, 'only newer rows');
  assert.equal(memory.since('d'), null, 'it is the newest');
  assert.equal(memory.since(null), null, 'who knows nothing has nothing to read anew');
  assert.equal(memory.since('of long ago'), 0, 'everything');
  memory.note(news('of another', 'e'));
  assert.equal(memory.since('c'), 0, 'what lies before a gap is not known to hold');
});

test('no more than a thousand news are remembered', () => {
  const memory = createMemory();
  for (let n = 0; n < 1500; n += 1) memory.note(news(n ? `${n - 1}` : null, `${n}`, 7));
  assert.equal(memory.since('499'), 7);
  assert.equal(memory.since('498'), 0);
});

test('a refused stream is tried again after 1 to 2 seconds, later after at most 30', () => {
  assert.equal(pause(0, 0), SOONEST);
  assert.equal(pause(0, 1), 2 * SOONEST);
  assert.equal(pause(3, 1), 16 * SOONEST);
  assert.equal(pause(50, 1), LATEST);
  assert.equal(pause(50, 0), SOONEST);
});

/** A stream as a test plays it. */
class Played extends EventTarget {
  readyState = 0;
  /** @param {string} path */
  constructor(path) {
    super();
    this.path = path;
  }
  close() {
    this.readyState = 2;
  }
  begin() {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  /**
   * @param {string} id
   * @param {number | null} [changed_from]
   */
  tell(id, changed_from = null) {
    const data = JSON.stringify({ snapshot: { id, published: 1, newest: 1 }, changed_from });
    this.dispatchEvent(new MessageEvent('snapshot', { data }));
  }
}

/**
 * @param {Played} stream
 * @param {string | null} prediction
 */
const predict = (stream, prediction) =>
  stream.dispatchEvent(new MessageEvent('prediction', { data: JSON.stringify({ prediction }) }));

/** Tabs of a browser: Node's own channel, a lock with a queue, and streams that a test plays. */
function browser() {
  /** @type {Played[]} */
  const streams = [];
  /** @type {(() => Promise<unknown>)[]} */
  const queue = [];
  let held = false;
  async function next() {
    const work = held ? undefined : queue.shift();
    if (!work) return;
    held = true;
    await work();
    held = false;
    next();
  }
  const locks = {
    request(
      /** @type {string} */ _,
      /** @type {LockOptions} */ { signal },
      /** @type {() => Promise<unknown>} */ work,
    ) {
      return new Promise((done, fail) => {
        const mine = () => work().then(done);
        signal?.addEventListener('abort', () => {
          const place = queue.indexOf(mine);
          if (place >= 0) fail(...queue.splice(place, 1).map(() => signal.reason));
        });
        queue.push(mine);
        queueMicrotask(next);
      });
    },
  };
  const open = (/** @type {string} */ path) => {
    streams.push(new Played(path));
    return /** @type {EventSource} */ (/** @type {unknown} */ (streams.at(-1)));
  };

  function tab(alone = false) {
    /** @type {(string | number | boolean | null)[][]} */
    const heard = [];
    let live = false;
    const shared = shareStream(
      {
        live: (now) => {
          live = now;
        },
        copy: (id, from) => heard.push([id, from]),
        predicted: (state) => heard.push(['predicted', state]),
        trouble: () => heard.push(['trouble']),
      },
      alone
        ? { open }
        : { open, locks: /** @type {LockManager} */ (/** @type {unknown} */ (locks)), Channel: BroadcastChannel },
    );
    shared.join();
    tabs.push(shared);
    return { ...shared, heard, live: () => live };
  }
  return { streams, tab };
}

/** @type {{ leave: () => void }[]} */
const tabs = [];
after(() => {
  for (const tab of tabs) tab.leave();
});

/** Until what tabs said to each other has been heard. */
const said = () => new Promise((done) => setTimeout(done, 30));

test('one tab has the stream, the others hear from it, and one that comes later knows that it is there', async () => {
  const { streams, tab } = browser();
  const one = tab();
  const other = tab();
  await said();
  assert.deepEqual(
    streams.map(({ path }) => path),
    ['/api/events'],
  );
  streams[0].begin();
  streams[0].tell('a');
  streams[0].tell('b', 300);
  const late = tab();
  await said();
  assert.deepEqual(one.heard, [
    ['a', null],
    ['b', 300],
  ]);
  assert.deepEqual(other.heard, one.heard);
  assert.deepEqual(late.heard, [['b', null]]);
  assert.deepEqual([one.live(), other.live(), late.live()], [true, true, true]);

  streams[0].dispatchEvent(new Event('unavailable'));
  streams[0].dispatchEvent(new Event('error'));
  await said();
  assert.deepEqual(late.heard.slice(1), [['trouble'], ['trouble']]);
  assert.equal(late.live(), false);
  assert.equal(streams.length, 1, 'the browser connects again');
  for (const end of [late, other, one]) end.leave();
});

test('the next tab takes the stream over and says what it knows; one that comes back is told what it missed', async () => {
  const { streams, tab } = browser();
  const one = tab();
  await said();
  streams[0].begin();
  streams[0].tell('a');
  const other = tab();
  await said();
  one.leave();
  await said();
  assert.equal(streams[0].readyState, 2);
  assert.equal(one.live(), false);
  assert.equal(streams[1].path, '/api/events?after=a');
  streams[1].begin();
  streams[1].tell('b', 200);
  streams[1].tell('c');
  one.join();
  await said();
  assert.deepEqual(one.heard, [
    ['a', null],
    ['c', 200],
  ]);
  assert.equal(one.live(), true);
  assert.equal(streams.length, 2);
  other.leave();
  await said();
  assert.equal(streams[2].path, '/api/events?after=c');
  one.leave();
});

test('every tab is told of another prediction once, also one that comes later or missed it', async () => {
  const { streams, tab } = browser();
  const one = tab();
  const other = tab();
  await said();
  streams[0].begin();
  streams[0].tell('a');
  predict(streams[0], 'p');
  await said();
  const known = [
    ['a', null],
    ['predicted', 'p'],
  ];
  assert.deepEqual([one.heard, other.heard], [known, known]);
  other.leave();
  predict(streams[0], 'q');
  const late = tab();
  other.join();
  await said();
  assert.deepEqual(other.heard.slice(2), [['predicted', 'q']]);
  assert.deepEqual(late.heard, [
    ['predicted', 'q'],
    ['a', null],
  ]);
  one.leave();
  await said();
  streams[1].begin();
  predict(streams[1], 'q');
  predict(streams[1], null);
  await said();
  assert.deepEqual(late.heard.slice(2), [['predicted', null]]);
  assert.deepEqual(other.heard.slice(3), [['predicted', null]]);
  for (const end of [late, other]) end.leave();
});

test('who waits for the stream and leaves does not get it', async () => {
  const { streams, tab } = browser();
  const one = tab();
  const other = tab();
  await said();
  other.leave();
  one.leave();
  await said();
  assert.equal(streams.length, 1);
});

test('without locks or a channel a tab has a stream of its own', async () => {
  const { streams, tab } = browser();
  const one = tab(true);
  const other = tab(true);
  assert.equal(streams.length, 2);
  streams[1].begin();
  streams[1].tell('a');
  assert.deepEqual([one.live(), other.live()], [false, true]);
  assert.deepEqual(other.heard, [['a', null]]);
  one.leave();
  other.leave();
  assert.deepEqual(
    streams.map(({ readyState }) => readyState),
    [2, 2],
  );
});

test('a refused stream is opened anew, and one that is left is not', async (context) => {
  const { streams, tab } = browser();
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const one = tab(true);
  const refuse = () => {
    const stream = streams[streams.length - 1];
    stream.close();
    stream.dispatchEvent(new Event('error'));
  };
  refuse();
  context.mock.timers.tick(SOONEST - 1);
  assert.equal(streams.length, 1);
  context.mock.timers.tick(SOONEST + 1);
  assert.equal(streams.length, 2);
  refuse();
  one.leave();
  context.mock.timers.tick(LATEST);
  assert.equal(streams.length, 2);
});
