/**
 * Desktop notices and sounds on entry, exit and feed loss, when the reader wishes them. A browser is asked for its
 * permission only when the reader switches notices on.
 */

import * as format from '../format.js';
import { money } from '../panel/words.js';
import { getTrades } from '../server/api.js';
import { notify } from '../state/state.js';
import { happenings } from './happenings.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('./happenings.js').Happening} Happening */

/** Data older than this, ms, is as good as a lost feed. */
const STALE = 600_000;

/** Pitches, Hz, one after the other: up on an entry, down on an exit, twice the same low one on a loss. */
const TONES = { entry: [659, 880], exit: [880, 659], loss: [220, 220] };
/** Seconds a tone lasts. */
const LENGTH = 0.14;

/** @param {State} state */
export function mountAlerts(state) {
  /** @type {AudioContext | null} */
  let audio = null;
  /** @type {import('../server/answers.js').Status | null} */
  let before = null;
  let stale = true;

  if (state.notices.get() && globalThis.Notification?.permission !== 'granted') state.notices.set(false);

  function look() {
    const after = state.status.get();
    if (after?.database.state !== 'ok') return;
    const happened = before === null ? [] : happenings(before, after);
    before = after;
    for (const each of happened) tell(each);
  }

  /** Tell once when the data becomes old while it is looked at. */
  function lookAtAge() {
    const published = state.status.get()?.snapshot?.published;
    if (published === undefined) return;
    const old = state.now.get() - published > STALE;
    if (old && !stale)
      tell({
        kind: 'loss',
        title: 'No new data for 10 minutes',
        text: 'Is the bot running, and cvdbot sync?',
        pair: null,
      });
    stale = old;
  }

  /** @param {Happening} happening */
  async function tell(happening) {
    if (state.sound.get()) play(happening.kind);
    if (!state.notices.get()) return;
    const text = happening.pair === null ? happening.text : await exitWords(happening);
    const paper = state.status.get()?.origin === 'simulated' ? 'SIMULATED MARKET. ' : '';
    const notice = new Notification(happening.title, { body: paper + text, tag: `cvdbot-${happening.kind}` });
    notice.addEventListener('click', () => {
      focus();
      notice.close();
    });
  }

  /** @param {keyof typeof TONES} kind */
  function play(kind) {
    audio ??= new AudioContext();
    audio.resume();
    const out = audio.createGain();
    out.gain.value = 0.12;
    out.connect(audio.destination);
    TONES[kind].forEach((pitch, index) => {
      const tone = /** @type {AudioContext} */ (audio).createOscillator();
      tone.frequency.value = pitch;
      tone.connect(out);
      const at = /** @type {AudioContext} */ (audio).currentTime + index * LENGTH * 1.2;
      tone.start(at);
      tone.stop(at + LENGTH);
    });
  }

  const stop = [state.status.subscribe(look), state.now.listen(lookAtAge)];
  return {
    /** Switch notices on, if the browser lets us. */
    async askForNotices() {
      const allowed = globalThis.Notification ? await Notification.requestPermission() : 'denied';
      state.notices.set(allowed === 'granted');
      state.notices.notify();
      if (allowed !== 'granted')
        notify(state, 'The browser does not let this page give notices: allow them in its settings of this site.');
    },
    trySound: () => play('entry'),
    dispose() {
      for (const end of stop) end();
      audio?.close();
    },
  };
}

/**
 * What came of the trade that was closed last.
 * @param {Happening} happening
 */
async function exitWords({ pair, text }) {
  try {
    const { trades } = await getTrades({ pair: pair ?? '', mode: 'paper' });
    const last = trades.at(-1);
    if (!last) return text;
    return `${last.entryType}, ${last.outcome}: ${money(last.profit)} ${format.quote(pair)}${text ? `. ${text}` : ''}`;
  } catch {
    return text; // the notice matters more than its figures
  }
}
