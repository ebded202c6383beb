import type { Schedule } from '../core/slot.js';
import { createCalendar } from './calendar.js';
import { parseFields } from './fields.js';
import { openZone } from './open-zone.js';
import { vixieSchedule } from './vixie.js';

/**
 * The schedule that Debian's cron makes of an expression: docs/decisions/0003-cron-semantics.md.
 *
 * @param timezone an IANA name; undefined is the node's own zone
 * @throws Failure `usage`, one line naming --schedule or --timezone
 */
export function parseCron(expression: string, timezone: string | undefined): Schedule {
  const fields = parseFields(expression, '--schedule');
  return vixieSchedule(createCalendar(fields), openZone(timezone), fields.wildcard);
}
