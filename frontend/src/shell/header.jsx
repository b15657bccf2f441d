/**
 * The top of the page: what and at what price, timeframes and periods, whether it is real, how old and how complete it
 * is; below it what the strategy does, the open position and the prediction.
 */

import './header.css';
import { useStore } from '@nanostores/preact';
import { useRef } from 'preact/hooks';
import { make } from '../dom.js';
import * as format from '../format.js';
import { choosePair, detailsOf } from '../state/pair.js';
import { MINUTE, TIMEFRAMES } from '../state/timeframes.js';
import { alarm } from './age.js';
import { mountExports } from './exports.js';
import { icon } from './icons.js';
import { Island, mountTree } from './island.jsx';
import { mountLastHour } from './lasthour.js';
import { mountPeriod, newestOf } from './period.js';
import { mountPrediction } from './prediction.js';
import { mountSettings } from './settings.js';

/** @typedef {import('../state/state.js').State} State */
/**
 * @typedef {object} Parts
 * @property {() => void} about
 * @property {() => void} fit
 * @property {import('../chart/navigation.js').Navigation} nav
 * @property {import('../chart/chart.js').Chart} chart
 * @property {Parameters<typeof mountSettings>[2]} alerts
 * @property {(element: HTMLElement) => () => void} chip what the strategy is doing
 */

const DAY = 1440 * MINUTE;

/** The shortcuts' names, lengths in ms, and what they are called in full. */
const RANGES = /** @type {[string, number, string][]} */ ([
  ['1D', DAY, 'The last day'],
  ['1W', 7 * DAY, 'The last 7 days'],
  ['1M', 30 * DAY, 'The last 30 days'],
  ['All', Number.POSITIVE_INFINITY, 'Everything that is stored'],
]);

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {Parts} parts
 */
export function mountHeader(element, state, parts) {
  /** @type {ReturnType<typeof mountPeriod> | undefined} */
  let chooser;
  /** @param {HTMLElement} place */
  function period(place) {
    chooser = mountPeriod(place, state, parts.nav);
    return chooser.dispose;
  }
  const dispose = mountTree(element, <Header state={state} parts={parts} period={period} />);
  return { goTo: () => chooser?.goTo(), dispose };
}

/** @param {{ state: State, parts: Parts, period: (element: HTMLElement) => () => void }} props */
const Header = ({ state, parts, period }) => (
  <>
    <div class="header-row">
      <h1 class="what">
        <Pair state={state} />
        <Price state={state} />
      </h1>
      <Followed state={state} />
      <Timeframes state={state} />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a flex container everywhere */}
      <div class="ranges" role="group" aria-label="Period">
        {RANGES.map(([name, ms, title]) => (
          <button
            key={name}
            type="button"
            class="quiet"
            title={title}
            data-range={name}
            onClick={() => showLast(state, parts.nav, ms)}
          >
            {name}
          </button>
        ))}
        <button
          type="button"
          class="quiet"
          id="fit"
          title="Fit the bars held into the window (F)"
          aria-label="Fit"
          onClick={parts.fit}
        >
          <Icon name="fit" />
        </button>
        <Island class="period-place" mount={period} />
      </div>
      <div class="badges">
        <span class="badge paper" title="Trades are on paper: no order leaves this machine">
          PAPER
        </span>
        <Simulated state={state} />
        <Synced state={state} />
        <Island
          as="span"
          class="last-hour"
          id="last-hour"
          role="img"
          aria-label="The last hour"
          mount={(place) => mountLastHour(place, state)}
        />
        <Venues state={state} />
        <Age state={state} />
      </div>
      <div class="menus-row">
        <Zone state={state} />
        <Island class="menus" mount={(place) => mountMenus(place, state, parts)} />
        <button
          type="button"
          class="quiet"
          id="open-about"
          title="About, versions, keys (?)"
          aria-label={`v${document.body.dataset.version}, about and keys`}
          onClick={parts.about}
        >
          <span class="version">{`v${document.body.dataset.version}`}</span>
          <span class="mark">?</span>
        </button>
      </div>
    </div>
    <div class="header-row second">
      <Island id="chip" aria-label="What the strategy is doing" mount={parts.chip} />
      <Island id="prediction" role="status" mount={(place) => mountPrediction(place, state)} />
    </div>
  </>
);

/** @param {{ name: Parameters<typeof icon>[0] }} props */
const Icon = ({ name }) => <Island as="span" class="place" mount={(place) => place.append(icon(name))} />;

/**
 * @param {HTMLElement} place
 * @param {State} state
 * @param {Parts} parts
 */
function mountMenus(place, state, { chart, alerts, about }) {
  mountExports(place, state, chart);
  const settings = make('div');
  place.append(settings);
  return mountSettings(settings, state, alerts, about);
}

/**
 * Show the newest part in the chart; in the dashboard, figures of it.
 * @param {State} state
 * @param {Parts['nav']} nav
 * @param {number} ms
 */
function showLast(state, nav, ms) {
  const to = newestOf(state);
  if (state.dashboard.get()) state.period.set(Number.isFinite(ms) ? { from: to - ms, to } : null);
  else if (Number.isFinite(ms)) nav.last(ms);
  else nav.all();
}

/** @param {{ state: State }} props */
function Pair({ state }) {
  const known = useStore(state.status)?.pairs ?? [];
  const chosen = useStore(state.pair) ?? known[0] ?? 'cvdbot';
  if (known.length < 2) return <span class="pair">{chosen}</span>;
  return (
    <select
      class="pair"
      aria-label="Pair"
      value={chosen}
      onChange={({ currentTarget }) => choosePair(state, currentTarget.value)}
    >
      {known.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

/**
 * The newest price; of a pair that the status does not tell of, the chart has it while it holds the newest bar.
 * @param {{ state: State }} props
 */
function Price({ state }) {
  useStore(state.status);
  const pair = useStore(state.pair);
  const newest = useStore(state.newest);
  const known = useRef(
    /** @type {{ pair: string | null, bar: { open?: number, close: number } | null }} */ ({ pair, bar: null }),
  );
  const details = detailsOf(state);
  const bar = details ? details.last_candle : state.held.get().live ? newest : null;
  if (bar || known.current.pair !== pair) known.current = { pair, bar };
  const { bar: last } = known.current;
  return (
    <span id="price" class={`price ${last?.open !== undefined && last.close < last.open ? 'down' : 'up'}`}>
      {last && format.formatPrice(last.close)}
    </span>
  );
}

/**
 * That the bot does not follow the pair any more.
 * @param {{ state: State }} props
 */
function Followed({ state }) {
  useStore(state.status);
  useStore(state.pair);
  useStore(state.zone);
  const details = detailsOf(state);
  if (details?.followed !== false) return null;
  const { last_candle: last } = details;
  return (
    <span
      class="badge unfollowed"
      role="status"
      title="The bot does not record or trade this pair any more; what it has is kept"
    >
      {`no longer followed${last ? `, ends ${format.formatDay(last.timestamp)} ${format.formatTime(last.timestamp)}` : ''}`}
    </span>
  );
}

/** @param {{ state: State }} props */
function Timeframes({ state }) {
  const shown = useStore(state.timeframe);
  return (
    <nav class="timeframes" aria-label="Timeframe">
      {TIMEFRAMES.map((timeframe, index) => (
        <button
          key={timeframe}
          type="button"
          class="quiet"
          title={`${timeframe} bars (${index + 1})`}
          data-timeframe={timeframe}
          aria-pressed={timeframe === shown}
          onClick={() => state.timeframe.set(timeframe)}
        >
          {timeframe}
        </button>
      ))}
    </nav>
  );
}

/** @param {{ state: State }} props */
const Simulated = ({ state }) => (
  <span
    class="badge simulated"
    hidden={useStore(state.status)?.origin !== 'simulated'}
    title="A made market: none of these prices happened"
  >
    SIMULATED MARKET
  </span>
);

/**
 * That the copy is no longer brought up to date, and why.
 * @param {{ state: State }} props
 */
function Synced({ state }) {
  const sync = useStore(state.status)?.sync;
  useStore(state.zone);
  if (!sync || sync.ok) return null;
  const since =
    sync.good === null
      ? ''
      : `, the last one went well at ${format.formatClock(sync.good)} ${format.zoneName(sync.good)}`;
  const said = `The sync from the Pi fails: ${sync.error ?? 'no reason given'}${since}`;
  return (
    <span class="badge unsynced" role="status" title={said} aria-label={said}>
      sync fails
    </span>
  );
}

/** @param {{ state: State }} props */
function Venues({ state }) {
  useStore(state.zone);
  return (
    // biome-ignore lint/a11y/useSemanticElements: letters in a row, no list to look at
    <span class="venues" role="list" aria-label="Exchange feeds">
      {useStore(state.status)?.exchanges.map(({ exchange, mark, connected, last_trade }) => {
        const said = `${exchange} ${connected ? 'connected' : 'not connected'}`;
        const since =
          last_trade === null ? '' : `, last trade ${format.formatClock(last_trade)} ${format.zoneName(last_trade)}`;
        return (
          // biome-ignore lint/a11y/useSemanticElements: as above
          <span
            key={exchange}
            class={connected ? 'venue' : 'venue down'}
            role="listitem"
            title={said + since}
            aria-label={said}
          >
            {mark}
          </span>
        );
      })}
    </span>
  );
}

/** @param {{ state: State }} props */
function Age({ state }) {
  const published = useStore(state.status)?.snapshot?.published;
  const ms = useStore(state.now) - (published ?? 0);
  return (
    <span
      id="age"
      class={published === undefined ? 'age' : `age ${alarm(ms)}`}
      title="Age of the copy of the database shown here"
    >
      {published !== undefined && `${format.formatDuration(ms)} ago`}
    </span>
  );
}

/** @param {{ state: State }} props */
function Zone({ state }) {
  const utc = useStore(state.zone) === 'utc';
  const name = utc ? 'UTC' : format.zoneName(Date.now());
  return (
    <button
      type="button"
      class="quiet"
      id="zone"
      title={utc ? 'Times are UTC. Click for your own' : 'Times are those of this machine. Click for UTC'}
      aria-label={`Time zone: ${name}`}
      onClick={() => state.zone.set(state.zone.get() === 'utc' ? 'local' : 'utc')}
    >
      {name}
    </button>
  );
}
