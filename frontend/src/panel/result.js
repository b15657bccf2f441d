/**
 * What a what-if gave, beside what really happened: the sum in a sentence, both curves, the figures side by side, and
 * each trade that is not the same.
 */

import { make } from '../dom.js';
import * as format from '../format.js';
import { compareFigures, compareTrades, GAINS, profitCurve, showFigure, tellDifference } from './compare.js';
import { drawCurves } from './curve.js';
import { money, tone } from './words.js';

/** @typedef {import('../server/answers.js').Tested} Tested */
/** @typedef {import('../state/state.js').Period} Period */

/**
 * What really happened in the same stretch.
 * @typedef {object} Real
 * @property {import('../server/answers.js').Trade[]} trades entered in it
 * @property {import('../server/answers.js').Order | null} open
 * @property {import('../server/answers.js').Statistics} statistics
 * @property {import('../server/answers.js').Equity} equity
 */

const SIZE = { width: 300, height: 90 };
/** Differing trades that are listed at once. */
const LISTED = 200;

/**
 * @param {HTMLElement} element
 * @param {Real} real
 * @param {Tested} tested
 * @param {(instant: number) => void} go
 */
export function showResult(element, real, tested, go) {
  const compared = compareTrades(real.trades, tested.trades, { real: real.open, tried: tested.open });
  element.replaceChildren(
    headline(real, tested),
    ...notes(real, tested),
    curves(real, tested),
    figures(real, tested),
    ...differences(compared, go),
  );
}

/**
 * Trades and their sum, as the figures count them.
 * @param {Real} real
 * @param {Tested} tested
 */
function headline(real, tested) {
  const [one, other] = [real, tested].map(({ statistics: { figures } }) => ({
    trades: many(figures.trades?.value ?? 0),
    profit: figures.total_profit?.value ?? 0,
  }));
  const better = other.profit - one.profit;
  return make(
    'p',
    { class: 'whatif-sum' },
    make('b', { class: 'whatif-key' }, `${other.trades}, ${money(other.profit)}`),
    ' instead of ',
    make('b', {}, `${one.trades}, ${money(one.profit)}`),
    ': ',
    make('b', { class: tone(better) }, `${money(better)} ${format.quote()}`),
  );
}

/** @param {number} count */
const many = (count) => (count === 1 ? '1 trade' : `${format.formatCount(count)} trades`);

/**
 * What must be known to read the comparison right.
 * @param {Real} real
 * @param {Tested} tested
 */
function notes(real, tested) {
  const late = real.trades.filter((trade) => trade.late).length;
  const free = tested.parameters.fee_rate === 0 && tested.parameters.slippage === 0;
  const told = [
    late
      ? `${late} late ${late === 1 ? 'trade is' : 'trades are'} left out of the real figures, but not of the what-if.`
      : '',
    free ? 'The what-if is before fees: fee rate and slippage are 0.' : '',
    tested.open
      ? `At its end the what-if has a ${tested.open.entryType} open from ${format.formatPrice(tested.open.entryPrice)}.`
      : '',
    tested.statistics.conclusion ? `What-if: ${tested.statistics.conclusion}.` : '',
  ];
  return told.filter(Boolean).map((note) => make('p', { class: 'dim' }, note));
}

/**
 * @param {Real} real
 * @param {Tested} tested
 */
function curves(real, tested) {
  const lines = [
    profitCurve(real.equity, real.equity.balance[0] ?? 0),
    profitCurve(tested.equity, tested.equity.balance[0] ?? 0),
  ];
  const drawing = drawCurves(lines, SIZE);
  if (!drawing) return make('p', { class: 'dim' }, 'No curve: nothing was traded.');
  const [atReal, atTried] = lines.map((line) => line.at(-1)?.value ?? 0);
  const figure = make(
    'figure',
    { class: 'curves' },
    make(
      'figcaption',
      {},
      make('span', { class: 'curves-what' }, 'Profit, an open position marked to market'),
      make('span', { class: 'key real' }, `real ${money(atReal)}`),
      make('span', { class: 'key tried' }, `what-if ${money(atTried)}`),
    ),
  );
  const svg = svgElement('svg', {
    viewBox: `0 -4 ${SIZE.width} ${SIZE.height + 8}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `Profit marked to market over the stretch, from ${money(drawing.limits[0])} to ${money(drawing.limits[1])} ${format.quote()}: really ${money(atReal)} at its end, in the what-if ${money(atTried)}`,
  });
  svg.append(
    svgElement('line', {
      class: 'zero',
      x1: '0',
      x2: String(SIZE.width),
      y1: String(drawing.zero),
      y2: String(drawing.zero),
    }),
    svgElement('path', { class: 'curve real', d: drawing.paths[0] }),
    svgElement('path', { class: 'curve tried', d: drawing.paths[1] }),
  );
  figure.append(svg);
  return figure;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 */
function svgElement(tag, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/**
 * @param {Real} real
 * @param {Tested} tested
 */
function figures(real, tested) {
  const rows = compareFigures(real.statistics.figures, tested.statistics.figures);
  return make(
    'table',
    { class: 'compared' },
    make('caption', { class: 'said' }, 'Figures of what really happened beside those of the what-if'),
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        make('th', { scope: 'col' }, make('span', { class: 'said' }, 'Figure')),
        ...['Real', 'What-if', 'Difference'].map((title) => make('th', { scope: 'col', class: 'number' }, title)),
      ),
    ),
    make('tbody', {}, ...rows.map(figure)),
  );
}

/** @param {import('./compare.js').Compared} row */
function figure({ name, title, unit, definition, real, tried, difference, better }) {
  const sign = better > 0 ? '\u25b4 ' : better < 0 ? '\u25be ' : '';
  const meaning = better > 0 ? 'better' : better < 0 ? 'worse' : 'neither better nor worse';
  return make(
    'tr',
    { class: difference === null ? 'alike' : 'differs', title: definition },
    make('th', { scope: 'row' }, title),
    make('td', { class: 'number' }, showFigure(real, unit, GAINS.has(name))),
    make('td', { class: 'number tried' }, showFigure(tried, unit, GAINS.has(name))),
    make(
      'td',
      {
        class: `number ${better > 0 ? 'up' : better < 0 ? 'down' : ''}`,
        ...(difference === null ? {} : { title: meaning }),
      },
      difference === null ? '' : `${sign}${showFigure(difference, unit, true)}`,
    ),
  );
}

/**
 * @param {ReturnType<typeof compareTrades>} compared
 * @param {(instant: number) => void} go
 */
function differences({ same, differ }, go) {
  const count = /** @param {string} kind */ (kind) => differ.filter((each) => each.kind === kind).length;
  const parts = [
    `${same} the same`,
    `${count('changed')} ended otherwise`,
    `${count('dropped')} left out`,
    `${count('added')} added`,
  ];
  const more = differ.length - LISTED;
  return [
    make('h2', {}, `Trades: ${parts.join(', ')}`),
    make(
      'ol',
      { class: 'differing' },
      ...differ.slice(0, LISTED).map((difference) => {
        const { sign, title, text } = tellDifference(difference);
        return make(
          'li',
          {},
          make(
            'button',
            {
              type: 'button',
              class: 'line',
              'data-kind': difference.kind,
              title: 'Show its entry in the chart',
              click: () => go(difference.at),
            },
            make('span', { class: 'line-title' }, make('i', { 'aria-hidden': 'true' }, sign), ` ${title}`),
            make('time', {}, `${format.formatDay(difference.at)} ${format.formatTime(difference.at)}`),
            make('span', { class: 'line-text' }, text),
            make('span', { class: `line-value ${tone(difference.profit)}` }, money(difference.profit)),
          ),
        );
      }),
      ...(more > 0 ? [make('li', { class: 'dim' }, `and ${more} more`)] : []),
    ),
  ];
}
