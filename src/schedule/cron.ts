import type { Schedule } from '../core/slot.js';
import { type Calendar, createCalendar } from './calendar.js';
import { type CronFields, parseFields } from './fields.js';
import { openZone } from './open-zone.js';
import { vixieSchedule } from './vixie.js';
import type { Zone } from './zone.js';

/** A cron expression in a time zone, with what it was made of. */
export interface CronSchedule extends Schedule {
  readonly fields: CronFields;
  readonly calendar: Calendar;
  readonly zone: Zone;
}

/**
 * The schedule that Debian's cron makes of an expression: docs/decisions/0003-cron-semantics.md.
 *
 * @param timezone an IANA name; undefined is the node's own zone
 * @param name the option that carries the expression, for the message
 * @throws Failure `usage`, one line naming the option
 */
export function parseCron(
  expression: string,
  timezone: string | undefined,
  name = '--schedule',
): CronSchedule {
  const fields = parseFields(expression, name);
  const calendar = createCalendar(fields);
  const zone = openZone(timezone);
  return { fields, calendar, zone, ...vixieSchedule(calendar, zone, fields.wildcard) };
}
