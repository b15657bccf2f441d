/**
 * Theme and palette: attributes of the document that the style sheet's variables hang on.
 */

import './themes.css';

/** @param {import('../state/state.js').State} state */
export function mountThemes(state) {
  const { dataset } = document.documentElement;
  const stop = [
    state.theme.subscribe((theme) => {
      dataset.theme = theme;
    }),
    state.palette.subscribe((palette) => {
      dataset.palette = palette;
    }),
  ];
  return () => {
    for (const end of stop) end();
  };
}
