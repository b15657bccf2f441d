/**
 * Whether the reader has the chart in hand: from taking hold of it until it stands still after the release. While it
 * lasts the library counts the view from where the drag began, so nothing may be taken away at the right end.
 */

/** How long the chart stands still until it counts as let go: a fling goes on after the release. ms */
const STILL = 200;

/**
 * @param {HTMLElement} element
 * @param {import('../state/state.js').State} state
 * @param {() => void} released called after each release: scales may have been dragged
 */
export function createHand(element, state, released) {
  let down = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function letGoSoon() {
    clearTimeout(timer);
    if (!down && state.grabbed.get()) timer = setTimeout(() => state.grabbed.set(false), STILL);
  }
  function take() {
    down = true;
    state.grabbed.set(true);
  }
  function release() {
    if (!down) return;
    down = false;
    letGoSoon();
    setTimeout(released); // the library takes the mouse event that follows: a double click brings a scale back
  }
  element.addEventListener('pointerdown', take, { capture: true });
  const ends = ['pointerup', 'pointercancel', 'blur'];
  for (const end of ends) window.addEventListener(end, release);
  return {
    /** The view has moved. */
    moved: letGoSoon,
    dispose() {
      clearTimeout(timer);
      element.removeEventListener('pointerdown', take, { capture: true });
      for (const end of ends) window.removeEventListener(end, release);
    },
  };
}
