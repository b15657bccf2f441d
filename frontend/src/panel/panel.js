/**
 * What stands beside the chart, a tab at a time: the table of trades with the story of the chosen one, the setups, the
 * what-if and the venues. The shell mounts it and shows or hides its place.
 */

import './panel.css';
import { mountTabs } from '../shell/tabs.jsx';
import { mountSetups } from './setups.js';
import { mountTrades } from './trades.js';
import { mountVenues } from './venues.js';
import { mountWhatif } from './whatif.js';

/** @typedef {import('../state/state.js').State} State */
/** @typedef {import('../chart/navigation.js').Navigation} Navigation */
/** @typedef {{ label: string, title: string, mount: (element: HTMLElement, state: State, nav: Navigation) => () => void }} TabPart */

/** @type {Record<import('../state/state.js').Tab, TabPart>} */
const TABS = {
  trades: { label: 'Trades', title: 'Completed trades and their stories (T)', mount: mountTrades },
  setups: { label: 'Setups', title: 'What the strategy saw, aborted setups included', mount: mountSetups },
  whatif: { label: 'What\u2011if', title: 'The strategy with other parameters', mount: mountWhatif },
  venues: { label: 'Venues', title: 'Each exchange by itself, and live = replay', mount: mountVenues },
};

/**
 * @param {HTMLElement} element the panel's place
 * @param {State} state
 * @param {Navigation} nav
 * @returns {() => void}
 */
export const mountPanel = (element, state, nav) => mountTabs(element, state, nav, TABS);
