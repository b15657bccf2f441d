/**
 * What stands in the way of seeing the market, in a sentence. Pure.
 */

import * as format from '../format.js';

/**
 * What to say, if anything.
 * @param {number | null} lost ms since when the server has not answered
 * @param {import('../server/answers.js').Status | null} status
 * @param {string | null} refusal
 * @returns {{ title: string, text: string } | null}
 */
export function troubleOf(lost, status, refusal) {
  if (lost !== null)
    return {
      title: 'The server does not answer',
      text: `Nothing new since ${format.formatClock(lost)} ${format.zoneName(lost)}. Asking again every 5 s; if it was ended, start \`cvdbot web\`.`,
    };
  if (status && status.database.state !== 'ok')
    return { title: `No data: the database is ${status.database.state}`, text: status.database.message ?? '' };
  if (refusal) return { title: 'The server refused', text: refusal };
  return null;
}
