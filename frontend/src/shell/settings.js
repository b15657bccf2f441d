/**
 * How the page looks and whether it makes itself heard: theme, palette, desktop notices and sound.
 */

import { make } from '../dom.js';
import { icon } from './icons.js';
import { mountPopover } from './popover.js';

/** @typedef {import('../state/state.js').State} State */

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {{ askForNotices: () => Promise<void>, trySound: () => void }} alerts
 * @param {() => void} about
 */
export function mountSettings(element, state, alerts, about) {
  const button = make(
    'button',
    {
      type: 'button',
      class: 'quiet',
      id: 'open-settings',
      title: 'Theme, colours, notices and sound',
      'aria-label': 'Settings',
    },
    icon('settings'),
  );
  element.append(button);
  const notices = toggle('notices', 'Desktop notice', () => {
    if (notices.checked) alerts.askForNotices();
    else state.notices.set(false);
  });
  const sound = toggle('sound', 'Sound', () => {
    state.sound.set(sound.checked);
    if (sound.checked) alerts.trySound();
  });
  const themes = radios(
    'theme',
    'Theme',
    [
      ['dark', 'Dark'],
      ['light', 'Light'],
    ],
    (value) => state.theme.set(value),
  );
  const palettes = radios(
    'palette',
    'Rising and falling',
    [
      ['standard', 'Teal and red'],
      ['blue-orange', 'Blue and orange'],
    ],
    (value) => state.palette.set(value),
  );
  const zones = radios(
    'zone',
    'Times',
    [
      ['utc', 'UTC'],
      ['local', 'Local'],
    ],
    (value) => state.zone.set(value),
  );
  const box = mountPopover(
    button,
    'settings',
    'Settings',
    themes.box,
    palettes.box,
    zones.box,
    make(
      'div',
      { class: 'group', role: 'group', 'aria-label': 'On entry, exit and feed loss' },
      make('h2', {}, 'On entry, exit and feed loss'),
      make('label', { class: 'choice', for: 'notices' }, notices, 'Desktop notice'),
      make('label', { class: 'choice', for: 'sound' }, sound, 'Sound'),
    ),
    make(
      'div',
      { class: 'group' },
      make('button', { type: 'button', class: 'item', click: toAbout }, 'About, versions, keys'),
    ),
  );
  function toAbout() {
    box.hidePopover();
    about();
  }
  const stop = [
    state.theme.subscribe(themes.show),
    state.palette.subscribe(palettes.show),
    state.zone.subscribe(zones.show),
    state.notices.subscribe((on) => {
      notices.checked = on;
    }),
    state.sound.subscribe((on) => {
      sound.checked = on;
    }),
  ];
  return () => {
    for (const end of stop) end();
    element.replaceChildren();
  };
}

/**
 * @param {string} id
 * @param {string} label
 * @param {() => void} change
 */
const toggle = (id, label, change) =>
  make('input', { type: 'checkbox', role: 'switch', id, 'aria-label': label, change });

/**
 * One of a few words.
 * @template {string} W
 * @param {string} name
 * @param {string} title
 * @param {[W, string][]} choices
 * @param {(value: W) => void} choose
 */
function radios(name, title, choices, choose) {
  const inputs = choices.map(([value]) =>
    make('input', { type: 'radio', name, id: `${name}-${value}`, value, change: () => choose(value) }),
  );
  const labels = choices.map(([, label], index) =>
    make('label', { class: 'choice', for: inputs[index].id }, inputs[index], label),
  );
  return {
    box: make('div', { class: 'group', role: 'radiogroup', 'aria-label': title }, make('h2', {}, title), ...labels),
    /** @param {W} value */
    show: (value) => {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}
