/**
 * The icons in use, as SVG in the page itself: built in, so nothing is fetched for them.
 */

import bell from 'lucide-static/icons/bell.svg?raw';
import calendar from 'lucide-static/icons/calendar-days.svg?raw';
import camera from 'lucide-static/icons/camera.svg?raw';
import left from 'lucide-static/icons/chevron-left.svg?raw';
import right from 'lucide-static/icons/chevron-right.svg?raw';
import newest from 'lucide-static/icons/chevrons-right.svg?raw';
import download from 'lucide-static/icons/download.svg?raw';
import report from 'lucide-static/icons/file-text.svg?raw';
import link from 'lucide-static/icons/link.svg?raw';
import fit from 'lucide-static/icons/maximize.svg?raw';
import settings from 'lucide-static/icons/settings.svg?raw';
import table from 'lucide-static/icons/table.svg?raw';
import sound from 'lucide-static/icons/volume-2.svg?raw';
import close from 'lucide-static/icons/x.svg?raw';

const SOURCES = {
  bell,
  calendar,
  camera,
  close,
  download,
  fit,
  left,
  link,
  newest,
  report,
  right,
  settings,
  sound,
  table,
};

/** @param {keyof typeof SOURCES} name */
export function icon(name) {
  const { documentElement } = new DOMParser().parseFromString(SOURCES[name], 'image/svg+xml');
  const svg = document.importNode(documentElement, true);
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}
