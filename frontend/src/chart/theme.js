/**
 * The colours of the style sheet, for what is drawn on canvas.
 */

/** @typedef {ReturnType<typeof readTheme>} Theme */

/** @param {Element} element */
export function readTheme(element) {
  const style = getComputedStyle(element);
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    background: colour('--ground'),
    text: colour('--text-faint'),
    grid: colour('--grid'),
    line: colour('--line'),
    crosshair: colour('--text-faint'),
    label: colour('--raised-strong'),
    accent: colour('--accent'),
    up: colour('--up'),
    down: colour('--down'),
    buys: colour('--buys'),
    sells: colour('--sells'),
    delta: colour('--delta'),
    otherUp: colour('--other-up'),
    otherDown: colour('--other-down'),
    upFaint: colour('--up-faint'),
    downFaint: colour('--down-faint'),
    long: colour('--long'),
    short: colour('--short'),
    whatif: colour('--whatif'),
    whole: colour('--whole'),
    healed: colour('--healed'),
    partial: colour('--partial'),
    none: colour('--none'),
    unknown: colour('--unknown'),
    venues: ['--venue-1', '--venue-2', '--venue-3', '--venue-4'].map(colour),
  };
}
