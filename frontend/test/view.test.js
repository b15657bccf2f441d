import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import { createState, OVERLAYS } from '../src/state/state.js';
import { keepAddress, linkTo, readAddress, readInstant, writeAddress, writeInstant } from '../src/state/view.js';

const MARCH = Date.UTC(2025, 2, 1);

/**
 * A browser at an address, with what is stored in it.
 * @param {string} [search]
 * @param {Record<string, string>} [stored]
 */
function browserAt(search = '', stored = {}) {
  const kept = new Map(Object.entries(stored));
  return {
    location: { search, pathname: '/', origin: 'http://127.0.0.1:8000' },
    addresses: /** @type {string[]} */ ([]),
    history: {
      /** @param {unknown} _data @param {string} _unused @param {string | URL | null} [url] */
      replaceState(_data, _unused, url) {
        this.addresses.push(String(url));
      },
      addresses: /** @type {string[]} */ ([]),
    },
    storage: {
      getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    },
    kept,
  };
}

test('an instant is written to the minute in UTC, a midnight as its day', () => {
  assert.equal(writeInstant(MARCH), '2025-03-01');
  assert.equal(writeInstant(MARCH + 9.5 * 3_600_000 + 59_999), '2025-03-01T09:30Z');
  for (const ms of [MARCH, MARCH + 570 * 60_000]) assert.equal(readInstant(writeInstant(ms)), ms);
});

/** @type {[string, number | undefined][]} */
const INSTANTS = [
  ['1740787200000', MARCH],
  ['2025-03-01T00:00:00Z', MARCH],
  ['2025-03-01T00:00', undefined],
  ['2025-13-01', undefined],
  ['1999-01-01', undefined],
  ['2100-01-01', undefined],
  ['yesterday', undefined],
  ['', undefined],
];
for (const [text, ms] of INSTANTS)
  test(`as an instant, "${text}" is ${ms === undefined ? 'refused' : 'read'}`, () => {
    assert.equal(readInstant(text), ms);
  });

test('what is written is read again, every field of it', () => {
  /** @type {import('../src/state/view.js').View} */
  const view = {
    timeframe: '1h',
    pair: 'ETH/USDT',
    t: MARCH + 60_000,
    bars: 240,
    selected: 17,
    panel: null,
    dashboard: true,
    account: { pair: 'BTC/USDT', mode: 'backtest' },
    period: { from: MARCH, to: Date.UTC(2025, 3, 1) },
    zone: 'local',
    log: true,
    overlays: { ...OVERLAYS, gaps: false, venues: true },
    signalsOf: 'shown',
    cvd: 'running',
    cvdForm: 'line',
  };
  const address = writeAddress(view);
  assert.equal(
    address,
    '?tf=1h&pair=ETH/USDT&t=2025-03-01T00:01Z&bars=240&trade=17&panel=none&dashboard=1&account=BTC/USDT:backtest' +
      '&period=2025-03-01..2025-04-01&zone=local&log=1&overlays=-gaps,venues&signals=shown&cvd=running&cvdform=line',
  );
  assert.deepEqual(readAddress(address), { view, unread: [] });
});

test('what goes without saying is left out, the timeframe never', () => {
  const state = createState();
  assert.equal(linkTo(state, { origin: 'http://127.0.0.1:8000', pathname: '/' }), 'http://127.0.0.1:8000/?tf=5m');
});

/** @type {[string, string][]} */
const NONSENSE = [
  ['?tf=7m', 'tf=7m'],
  ['?tf=5m&trade=-1', 'trade=-1'],
  ['?bars=many', 'bars=many'],
  ['?account=BTC', 'account=BTC'],
  ['?period=2025-04-01..2025-03-01', 'period=2025-04-01..2025-03-01'],
  ['?period=2025-03-01..2025-04-01..2025-05-01', 'period=2025-03-01..2025-04-01..2025-05-01'],
  ['?overlays=gaps,ufo', 'overlays=gaps,ufo'],
  ['?panel=<script>', 'panel=<script>'],
  ['?pair=toString', 'pair=toString'],
  ['?tf=toString', 'tf=toString'],
  ['?log=toString', 'log=toString'],
  ['?overlays=toString', 'overlays=toString'],
];
for (const [search, told] of NONSENSE)
  test(`${search} is told as not understood`, () => {
    assert.deepEqual(readAddress(search).unread, [told]);
  });

test('what makes no sense in an address leaves the rest of it', () => {
  const state = createState();
  const { place, unread } = keepAddress(state, browserAt('?tf=9m&trade=17&t=2025-03-01&bars=50'));
  assert.deepEqual(unread, ['tf=9m']);
  assert.equal(state.timeframe.get(), '5m');
  assert.equal(state.selected.get(), 17);
  assert.deepEqual(place, { at: 'instant', instant: MARCH, bars: 50 });
});

test('an address that says anything says everything: nothing remembered is mixed into it', () => {
  const remembered = { 'cvdbot.view': '?tf=1h&log=1&panel=setups' };
  const silent = createState();
  keepAddress(silent, browserAt('', remembered));
  assert.deepEqual([silent.timeframe.get(), silent.log.get(), silent.panel.get()], ['1h', true, 'setups']);
  const asked = createState();
  keepAddress(asked, browserAt('?trade=3', remembered));
  assert.deepEqual([asked.timeframe.get(), asked.log.get(), asked.panel.get()], ['5m', false, 'trades']);
});

test('tastes are remembered whatever the address says, and are in no link', () => {
  const state = createState();
  keepAddress(
    state,
    browserAt('?tf=1h', { 'cvdbot.view.tastes': 'theme=light&palette=blue-orange&sound=1&panelWidth=400' }),
  );
  assert.deepEqual(
    [state.theme.get(), state.palette.get(), state.sound.get(), state.panelWidth.get()],
    ['light', 'blue-orange', true, 400],
  );
  assert.doesNotMatch(linkTo(state, { origin: '', pathname: '/' }), /light|orange|sound|400/);
});

test('chosen columns are remembered by their names, and what is no name is not read', () => {
  for (const [kept, read] of /** @type {[string, string[] | null][]} */ ([
    ['tradeNumber,profit', ['tradeNumber', 'profit']],
    ['', null],
    ['profit,,r', null],
    ['<b>', null],
  ])) {
    const state = createState();
    keepAddress(state, browserAt('', { 'cvdbot.view.tastes': `tradeColumns=${kept}` }));
    assert.deepEqual(state.tradeColumns.get(), read);
  }
});

test('changes of one moment are one change of the address, and are remembered without the place', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const state = createState();
    const browser = browserAt();
    keepAddress(state, browser);
    state.timeframe.set('15m');
    state.view.set({ following: false, centre: MARCH, bars: 120 });
    state.selected.set(17);
    mock.timers.tick(299);
    assert.deepEqual(browser.history.addresses, []);
    mock.timers.tick(1);
    assert.deepEqual(browser.history.addresses, ['/?tf=15m&t=2025-03-01&bars=120&trade=17']);
    assert.equal(browser.kept.get('cvdbot.view'), '?tf=15m&bars=120');
  } finally {
    mock.timers.reset();
  }
});

test('what was chosen in the last moment before the page is left is remembered too', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const state = createState();
    const browser = browserAt();
    let leave = () => {};
    keepAddress(state, {
      ...browser,
      left: (act) => {
        leave = act;
      },
    });
    state.panelWidth.set(480);
    leave();
    assert.match(browser.kept.get('cvdbot.view.tastes') ?? '', /panelWidth=480/);
  } finally {
    mock.timers.reset();
  }
});

test('nothing else touches the address or what is stored', () => {
  const root = new URL('../src/', import.meta.url);
  const touches =
    /\b(localStorage|sessionStorage|indexedDB)\b|\bhistory\.\w|\blocation\.(search|hash|href|assign|replace|reload)/;
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.jsx?$/.test(file));
  assert.ok(files.length > 100);
  const found = files.filter((file) => touches.test(readFileSync(new URL(file, root), 'utf8')));
  assert.deepEqual(found, ['state/view.js']);
});
