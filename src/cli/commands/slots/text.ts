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
    ...slotLines(slots),
    '',
    'Next clock changes',
    ...(clockChanges.length === 0
      ? ['  none within two years']
      : clockChanges.flatMap(changeLines)),
    '',
  ].join('\n');
}

/** Seconds are shown where a slot is not on the full minute. */
function slotLines(slots: readonly ReportedSlot[]): readonly string[] {
  const isWhole = slots.every(({ local }) => local.slice(17, 19) === '00');
  return slots.map(({ id, local, abbreviation }) => {
    const time = isWhole ? clock(local) : local.slice(11, 19);
    const name = abbreviation === undefined ? '' : ` (${abbreviation})`;
    return `  ${id}   ${day(local)} ${time} ${local.slice(19)}${name}`;
  });
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
