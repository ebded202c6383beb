import type { Schedule } from '../core/slot.js';
import type { Calendar } from './calendar.js';
import { type ClockChange, firstChange, lastChange, type Zone } from './zone.js';

const MINUTE = 60_000;
/** A small step forward is caught up minute by minute, by every job (cron.c, wakeupKind 1). */
const CAUGHT_UP_BY_ALL = 4 * MINUTE;
/** From here on a step is a correction of the clock, and its time counts at once (wakeupKind 3). */
const LONGEST_FORWARD = 179 * MINUTE;
const LONGEST_BACKWARD = 180 * MINUTE;

/**
 * When Debian's cron starts a job, on a node that is always up and never busy: the main loop of
 * cron.c (3.0pl1-162), which keeps a virtual time beside the clock's.
 *
 * Between two changes the clock is even. What a change decides is where virtual time goes on: where
 * the clock did before it (skipped minutes are run at once, repeated ones are not run again), or
 * where the clock is after it (skipped minutes are lost, repeated ones run again).
 */
export function vixieSchedule(calendar: Calendar, zone: Zone, wildcard: boolean): Schedule {
  const resumesAt = (change: ClockChange) =>
    change.at + (isBridged(change, wildcard) ? change.before : change.after);

  return {
    atOrBefore(instant) {
      let until = instant;
      let offset = zone.offsetAt(until);
      for (;;) {
        const wall = calendar.atOrBefore(until + offset);
        if (wall === undefined) return undefined;
        const change = lastChange(zone, wall - offset - LONGEST_BACKWARD, until);
        if (change === undefined) return wall - offset;
        if (wall >= resumesAt(change)) return Math.max(wall - offset, change.at);
        until = change.at - 1;
        offset = change.before;
      }
    },

    after(instant) {
      let from = instant;
      let offset = zone.offsetAt(from);
      const latest = lastChange(zone, from - LONGEST_BACKWARD, from);
      let seen = from + offset;
      if (latest !== undefined) seen = Math.max(seen, resumesAt(latest) - 1);
      for (;;) {
        const wall = calendar.after(seen);
        if (wall === undefined) return undefined;
        const at = Math.max(wall - offset, from);
        const change = firstChange(zone, from, at);
        if (change === undefined) return at;
        from = change.at;
        offset = change.after;
        seen = resumesAt(change) - 1;
      }
    },
  };
}

/** Whether virtual time goes on across the change as if there had been none. */
export function isBridged({ before, after }: ClockChange, wildcard: boolean): boolean {
  const forward = after - before;
  if (wildcard) return forward >= 0 && forward <= CAUGHT_UP_BY_ALL;
  return forward <= LONGEST_FORWARD && forward >= -LONGEST_BACKWARD;
}
