/**
 * The bottom line: the last stored minute, the feeds in words, the position, and what is stored.
 */

import './statusline.css';
import { useStore } from '@nanostores/preact';
import * as format from '../format.js';
import { detailsOf } from '../state/pair.js';
import { MINUTE } from '../state/timeframes.js';
import { alarm } from './age.js';
import { mountTree } from './island.jsx';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../server/answers.js').Status} Status */

/**
 * @param {HTMLElement} element
 * @param {State} state
 */
export const mountStatusline = (element, state) => mountTree(element, <Statusline state={state} />);

/** @param {{ state: State }} props */
function Statusline({ state }) {
  const status = useStore(state.status);
  const loading = useStore(state.loading);
  useStore(state.zone);
  useStore(state.pair);
  if (!status?.snapshot) return null;
  return (
    <>
      <LastCandle status={status} details={detailsOf(state)} />
      <Feeds status={status} />
      <Position details={detailsOf(state)} />
      <span class="wide">paper trading only</span>
      {status.sync && !status.sync.ok && <span class="bad">{`sync: ${status.sync.error}`}</span>}
      {loading && <span>{loading === 'older' ? 'loading older bars' : 'loading'}</span>}
      <Stored status={status} />
    </>
  );
}

/** @typedef {Status['pair_details'][number] | null} Details */

/** @param {{ status: Status, details: Details }} props */
function LastCandle({ status: { snapshot, origin }, details }) {
  const last_candle = details?.last_candle;
  if (!last_candle || !snapshot) return <span class="warn">no candle stored yet</span>;
  const { timestamp } = last_candle;
  const behind = snapshot.published - (timestamp + MINUTE);
  return (
    <span class={origin === 'simulated' || !details.followed ? '' : alarm(behind)}>
      {`last candle ${format.formatDay(timestamp)} ${format.formatTime(timestamp)} ${format.zoneName(timestamp)}`}
    </span>
  );
}

/** @param {{ status: Status }} props */
function Feeds({ status: { exchanges } }) {
  if (exchanges.length === 0) return null;
  const down = exchanges.filter(({ connected }) => !connected).map(({ exchange }) => exchange);
  if (down.length === 0)
    return (
      <span>{exchanges.length === 1 ? '1 exchange connected' : `all ${exchanges.length} exchanges connected`}</span>
    );
  return <span class={down.length === exchanges.length ? 'bad' : 'warn'}>{`not connected: ${down.join(', ')}`}</span>;
}

/** @param {{ details: Details }} props */
function Position({ details }) {
  const order = details?.order;
  if (!order) return <span>flat</span>;
  const { entryType, entryPrice } = order;
  return (
    <span class={entryType === 'Long' ? 'up' : 'down'}>{`${entryType} from ${format.formatPrice(entryPrice)}`}</span>
  );
}

/** @param {{ status: Status }} props */
const Stored = ({ status: { counts, database, pairs } }) => (
  <span class="stored">
    {`${format.counted(counts.candles ?? 0, 'minute')}, ${format.counted(counts.trades ?? 0, 'trade')}, ${format.formatBytes(database.size ?? 0)}${pairs.length > 1 ? ', all pairs' : ''}`}
  </span>
);
