import { dayOf } from './local-time.js';
import type { ReportedChange, ReportedSlot, SlotsReport } from './report.js';

/** The report for a person, at any hour of the night. */
export function renderReport(report: SlotsReport): string {
  const { expression, words, timezone, timezoneGiven, slots, clockChanges } = report;
  const zone = timezoneGiven ? timezone : `${timezone}, this node's own zone`;
  return [
    `${expression}   in ${zone}`,
    `${words}.`,
    '',
    'Next slots',
    ...slots.map(slotLine),
    '',
    'Next clock changes',
    ...(clockChanges.length === 0
      ? ['  none within two years']
      : clockChanges.flatMap(changeLines)),
    '',
  ].join('\n');
}

function slotLine({ id, local, abbreviation }: ReportedSlot): string {
  const name = abbreviation === undefined ? '' : ` (${abbreviation})`;
  return `  ${id}   ${day(local)} ${clock(local)} ${local.slice(19)}${name}`;
}

function changeLines({ from, to, words }: ReportedChange): readonly string[] {
  const after = day(from) === day(to) ? clock(to) : `${day(to)} ${clock(to)}`;
  return [`  ${day(from)} ${clock(from)} → ${after}   ${words}`];
}

/** Of an ISO local time. */
function day(local: string): string {
  return dayOf(Date.parse(`${local.slice(0, 19)}Z`));
}

function clock(local: string): string {
  return local.slice(11, 16);
}
