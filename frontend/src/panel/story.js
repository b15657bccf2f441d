/**
 * Why this trade: the steps of its story in plain words, each with the bar it happened on and the values that decided
 * it. Pure: made of the answer of /api/trades/{id} and the parameters it was entered under.
 */

import * as format from '../format.js';
import { adjective, inR, money, numberIn, phaseWords, textIn, tone } from './words.js';

/** @typedef {import('../server/answers.js').TradeStory} TradeStory */
/** @typedef {import('../server/answers.js').SetupEvent} SetupEvent */
/** @typedef {import('./words.js').Tone} Tone */
/** @typedef {Record<string, unknown>} Parameters of a row of `configurations` */

/**
 * @typedef {object} Step
 * @property {string} kind
 * @property {string} title
 * @property {string} text
 * @property {number} at open of its bar, ms
 * @property {number | null} price
 * @property {Tone} tone
 */

const price = format.formatPrice;

/** Multiples of ATR and of a gap's height, by the names of the parameters: docs/strategy.md. */
const RISKS = { highest: 10, high: 8.5, normal: 6.5, low: 5, lowest: 3 };
const SENSITIVITIES = { all: 100, extreme: 6, high: 2, normal: 1.5, low: 1 };

/**
 * @param {TradeStory} story
 * @param {Parameters} parameters
 * @returns {Step[]} oldest first
 */
export function tellTrade(story, parameters) {
  const { trade, timeline } = story;
  /** @type {Step[]} */
  const steps = timeline
    .filter(({ event }) => event in TELL)
    .map((event) => ({
      kind: event.event,
      at: event.timestamp,
      price: event.price,
      tone: /** @type {Tone} */ (''),
      ...TELL[/** @type {keyof typeof TELL} */ (event.event)](event, parameters, story),
    }));
  if (!steps.some(({ kind }) => kind === 'entered')) steps.push(bareEntry(story));
  const entered = timeline.find(({ event }) => event === 'entered');
  const levels = [stopStep(story, entered, parameters), targetStep(story, parameters)].filter((step) => step !== null);
  const exit = steps.findIndex(({ kind }) => kind === 'exited');
  if (exit === -1) return [...steps, ...levels, { ...exitStep(story), kind: 'exited', at: trade.exitTime }];
  return [...steps.slice(0, exit), ...levels, ...steps.slice(exit)];
}

/**
 * What a trade brought, name by name.
 * @param {TradeStory} story
 * @returns {{ name: string, value: string, tone: Tone }[]}
 */
export function tellFacts({ trade }) {
  const { profit, r, duration, fees } = trade;
  const free = fees === null ? 'fees not kept' : 'before fees';
  /** @type {[string, string, Tone][]} */
  const facts = [
    [`Profit, ${format.quote(trade.pair)}`, money(profit), tone(profit)],
    ['R', r === null ? 'not known' : inR(r), tone(r)],
    ['Duration', duration === null ? 'not known' : format.formatDuration(duration), ''],
    ['Fees', fees ? format.fixed(fees, 2) : free, ''],
  ];
  return facts.map(([name, value, kind]) => ({ name, value, tone: kind }));
}

/**
 * Why a late trade counts apart; null when it is not late.
 * @param {TradeStory} story
 */
export function tellLate({ trade, bar_ms }) {
  if (!trade.late || trade.decided === null) return null;
  const after = format.formatDuration(trade.decided - (trade.entryTime + bar_ms));
  return (
    `Late: decided at ${format.formatTime(trade.decided)}, ${after} after its bar had closed, on bars that were ` +
    'fetched after an outage. Nobody could have made this trade: every figure leaves it out and tells it apart.'
  );
}

/** Why there is little to tell, where the bot kept no events. @param {TradeStory} story */
export function tellMissing({ trade, timeline }) {
  if (timeline.length) return null;
  if (trade.mode === 'imported') return 'Imported: the earlier bot kept entry and exit, not what led to them.';
  return 'No events of its setup are stored: only entry and exit are known.';
}

/** Whose trade it is, where it was not traded live. @param {TradeStory} story */
export function tellAccount({ trade }) {
  return trade.mode === 'backtest' ? 'Of the account \u201cbacktest\u201d: history replayed at the first start.' : null;
}

/** @typedef {(event: SetupEvent, parameters: Parameters, story: TradeStory) => Partial<Step> & { title: string, text: string }} Teller */

/** @type {Record<'signal' | 'gap' | 'order_block' | 'retraced' | 'aborted' | 'entered' | 'exited', Teller>} */
const TELL = {
  signal(event, parameters) {
    const bull = textIn(event, 'direction') === 'bull';
    const cvd = numberIn(event, 'cvd');
    const advanced = parameters.signal_type === 'advanced';
    return {
      title: `${bull ? 'Bullish' : 'Bearish'} signal`,
      tone: bull ? 'up' : 'down',
      text: [
        `The CVD turned ${bull ? 'positive' : 'negative'}`,
        cvd === null ? '' : `: ${format.signed(cvd, format.formatSize)} ${format.base()} at the bar's close`,
        advanced ? `, and the bar closed ${bull ? 'below' : 'above'} its open` : '',
        '.',
      ].join(''),
    };
  },

  gap(event, parameters) {
    const [top, bottom, atr] = ['top', 'bottom', 'atr'].map((name) => numberIn(event, name));
    const name = String(parameters.fvg_sensitivity ?? '');
    const factor = SENSITIVITIES[/** @type {'all'} */ (name)];
    const height = top === null || bottom === null ? null : top - bottom;
    return {
      title: `${adjective(textIn(event, 'direction') ?? '') === 'bullish' ? 'Bullish' : 'Bearish'} gap`,
      text: [
        height === null
          ? 'A fair value gap'
          : `${price(bottom ?? 0)} to ${price(top ?? 0)}, ${format.formatDistance(height, top ?? 0)} high`,
        height !== null && atr !== null && factor
          ? `: ${format.formatDistance(height, top ?? 0)} \u00d7 ${factor} (${name}) is above the ATR of ${format.formatDistance(atr, top ?? 0)}`
          : '',
        '.',
      ].join(''),
    };
  },

  order_block(event) {
    const [top, bottom, start] = ['top', 'bottom', 'start'].map((name) => numberIn(event, name));
    return {
      title: 'Order block',
      text:
        top === null || bottom === null
          ? 'An order block of its direction.'
          : `${price(bottom)} to ${price(top)}${start === null ? '' : `, begun ${format.formatTime(start)}`}.`,
    };
  },

  retraced(event, _parameters, { zone }) {
    const bull = textIn(event, 'direction') === 'bull';
    const reached = numberIn(event, bull ? 'low' : 'high');
    const edge = zone && (bull ? zone.top : zone.bottom);
    return {
      title: 'Price came back',
      text: [
        reached === null
          ? 'The bar reached the zone'
          : `The bar's ${bull ? 'low' : 'high'} ${price(reached)} reached the zone`,
        edge === null ? '' : ` at ${price(edge)}`,
        '.',
      ].join(''),
    };
  },

  aborted: (event) => ({
    title: 'Aborted',
    text: `${textIn(event, 'reason') ?? ''} ${phaseWords(textIn(event, 'phase') ?? '')}`,
  }),

  entered: (_event, _parameters, story) => bareEntry(story),

  exited: (_event, _parameters, story) => exitStep(story),
};

/** @param {TradeStory} story @returns {Step} */
function bareEntry({ trade, bar_ms, fill }) {
  const size = trade.size === null ? '' : `${format.formatSize(trade.size)} ${format.base()} `;
  const minute = fill.entry_minute === null ? '' : `, in the minute ${format.formatTime(fill.entry_minute)}`;
  return {
    kind: 'entered',
    title: `Entered ${trade.entryType.toLowerCase()}`,
    tone: trade.entryType === 'Long' ? 'up' : 'down',
    at: trade.entryTime,
    price: trade.entryPrice,
    text: `${size}at ${price(trade.entryPrice)}, the close of the bar ${bar(trade.entryTime, bar_ms)}${minute}.`,
  };
}

/**
 * @param {TradeStory} story
 * @param {SetupEvent | undefined} entered
 * @param {Parameters} parameters
 * @returns {Step | null}
 */
function stopStep({ trade, stop }, entered, parameters) {
  if (stop === null) return null;
  const away = Math.abs(trade.entryPrice - stop);
  const atr = numberIn(entered, 'risk_atr');
  const risk = String(parameters.risk ?? '');
  const multiple = RISKS[/** @type {'normal'} */ (risk)];
  const because =
    parameters.tpsl_method === 'fixed'
      ? `${parameters.stop_loss_percent} % of the entry`
      : atr !== null && multiple
        ? `${multiple} (risk ${risk}) \u00d7 the ATR of ${format.formatDistance(atr, stop)}`
        : '';
  return level('stop', 'Stop', trade.entryTime, stop, away, because);
}

/**
 * @param {TradeStory} story
 * @param {Parameters} parameters
 * @returns {Step | null}
 */
function targetStep({ trade, target }, parameters) {
  if (target === null) return null;
  const because =
    parameters.tpsl_method === 'fixed'
      ? `${parameters.take_profit_percent} % of the entry`
      : typeof parameters.reward_to_risk === 'number'
        ? `${parameters.reward_to_risk} \u00d7 the stop's distance`
        : '';
  return level('target', 'Target', trade.entryTime, target, Math.abs(trade.entryPrice - target), because);
}

/**
 * @param {string} kind
 * @param {string} title
 * @param {number} at
 * @param {number} where
 * @param {number} away
 * @param {string} because
 * @returns {Step}
 */
const level = (kind, title, at, where, away, because) => ({
  kind,
  title,
  tone: kind === 'stop' ? 'down' : 'up',
  at,
  price: where,
  text: `${price(where)}, ${format.formatDistance(away, where)} away${because ? `: ${because}` : ''}.`,
});

/** @param {TradeStory} story @returns {Step} */
function exitStep({ trade, bar_ms, fill }) {
  const minute = fill.exit_minute === null ? '' : `, in the minute ${format.formatTime(fill.exit_minute)}`;
  const how = /forced/i.test(trade.outcome)
    ? `Closed at ${price(trade.exitPrice)}, where history ended and live trading began`
    : `The price reached ${price(trade.exitPrice)} in the bar ${bar(trade.exitTime, bar_ms)}${minute}`;
  return {
    kind: 'exited',
    title: OUTCOMES[trade.outcome.toLowerCase()] ?? trade.outcome,
    tone: tone(trade.profit),
    at: trade.exitTime,
    price: trade.exitPrice,
    text: `${how}: ${money(trade.profit)} ${format.quote(trade.pair)}${trade.fees ? '' : ', before fees'}.`,
  };
}

/** @type {Record<string, string>} */
const OUTCOMES = {
  'take profit': 'Left at the target (take profit)',
  'stop loss': 'Left at the stop (stop loss)',
  'forced close': 'Closed by force',
};

/**
 * @param {number} open
 * @param {number} span
 */
const bar = (open, span) => `${format.formatTime(open)}-${format.formatTime(open + span)}`;
