/**
 * The stack of the earlier bot, as small as it can be: a socket a venue by `ws`, JSON.parse of each message, a minute
 * of open, high, low, close and taker volumes over all venues, and a JSON file that is written anew each minute. It
 * knows no ids, no holes, no healing and no strategy: what it costs is the least such a bot can.
 *
 * node earlier_bot.mjs '{"binance": "ws://...", ...}' FILE
 */

import { writeFileSync } from 'node:fs';
import WebSocket from 'ws';

const subscriptions = {
  binance: { method: 'SUBSCRIBE', params: ['btcusdt@aggTrade'], id: 1 },
  bybit: { op: 'subscribe', args: ['publicTrade.BTCUSDT'] },
  coinbase: { type: 'subscribe', channels: ['matches'], product_ids: ['BTC-USD'] },
  okx: { op: 'subscribe', args: [{ channel: 'trades', instId: 'BTC-USDT-SWAP' }] },
};

/** Each venue's trades of a message: [time ms, price, size in BTC, the taker bought]. */
const trades = {
  binance: (told) => (told.e === 'aggTrade' ? [[told.T, +told.p, +told.q, !told.m]] : []),
  bybit: (told) => (told.topic ? told.data.map((one) => [one.T, +one.p, +one.v, one.S === 'Buy']) : []),
  coinbase: (told) =>
    told.type === 'match' ? [[Date.parse(told.time), +told.price, +told.size, told.side === 'sell']] : [],
  okx: (told) => (told.data ? told.data.map((one) => [+one.ts, +one.px, +one.sz / 100, one.side === 'buy']) : []),
};

const [addresses, file] = process.argv.slice(2);
const candles = [];
const minutes = new Map();

function add([time, price, size, bought]) {
  const minute = Math.floor(time / 60_000) * 60_000;
  let candle = minutes.get(minute);
  if (!candle) {
    candle = { timestamp: minute, open: price, high: price, low: price, close: price, vBuy: 0, vSell: 0, trades: 0 };
    minutes.set(minute, candle);
    candles.push(candle);
    if (candles.length > 1) writeFileSync(file, JSON.stringify(candles.slice(0, -1)));
  }
  candle.high = Math.max(candle.high, price);
  candle.low = Math.min(candle.low, price);
  candle.close = price;
  candle[bought ? 'vBuy' : 'vSell'] += size;
  candle.trades += 1;
}

for (const [venue, address] of Object.entries(JSON.parse(addresses))) {
  const socket = new WebSocket(address);
  socket.on('open', () => socket.send(JSON.stringify(subscriptions[venue])));
  socket.on('message', (data) => trades[venue](JSON.parse(data)).forEach(add));
}
process.on('SIGTERM', () => process.exit(0));
