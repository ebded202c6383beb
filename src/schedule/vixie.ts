import type { Schedule } from '../core/slot.js';
import type { Calendar } from './calendar.js';
import { type ClockChange, changeBetween, HORIZON, type Zone } from './zone.js';

const MINUTE = 60_000;
/** A small step forward is caught up minute by minute, by every job (cron.c, wakeupKind 1). */
const CAUGHT_UP_BY_ALL = 4 * MINUTE;
/** Beyond these a step is a correction of the clock, and its time counts at once (wakeupKind 3). */
const LONGEST_FORWARD = 179 * MINUTE;
const LONGEST_BACKWARD = 180 * MINUTE;

/**
 * When Debian's cron starts a job, on a node that is always up and never busy: the main loop of
 * cron.c (3.0pl1-162), which keeps a virtual time beside the clock's.
 *
 * Between two changes the clock is even. What a change decides is where virtual time goes on: where
 * the clock was before it (skipped minutes are run at once, repeated ones are not run again), or
 * where the clock is after it (skipped minutes are lost, repeated ones run again).
 */
export function vixieSchedule(calendar: Calendar, zone: Zone, wildcard: boolean): Schedule {
  const resumesAt = (change: ClockChange) =>
    change.at + (isBridged(change, wildcard) ? change.before : change.after);

  return {
    atOrBefore(instant) {
      let until = instant;
      let offset = zone.offsetAt(until);
      let wall = calendar.atOrBefore(until + offset);
      while (wall !== undefined) {
        const near = wall - offset - LONGEST_BACKWARD;
        const change = changeBetween(zone, Math.max(near, until - HORIZON), until);
        if (change !== undefined) {
          if (wall >= resumesAt(change)) return Math.max(wall - offset, change.at);
          until = change.at - 1;
          offset = change.before;
          wall = calendar.atOrBefore(until + offset);
        } else {
          if (near >= until - HORIZON) return wall - offset;
          // No slot for days: what the clock did meanwhile matters only for the offset.
          until = wall - offset + HORIZON / 2;
          offset = zone.offsetAt(until);
        }
      }
      return undefined;
    },

    after(instant) {
      let from = instant;
      let offset = zone.offsetAt(from);
      const latest = changeBetween(zone, from - LONGEST_BACKWARD, from);
      const seen = latest === undefined ? from + offset : resumesAt(latest) - 1;
      let wall = calendar.after(Math.max(seen, from + offset));
      while (wall !== undefined) {
        const at: number = Math.max(wall - offset, from);
        const change = changeBetween(zone, from, Math.min(at, from + HORIZON));
        if (change !== undefined) {
          from = change.at;
          offset = change.after;
          wall = calendar.after(resumesAt(change) - 1);
        } else {
          if (at <= from + HORIZON) return at;
          from = at - HORIZON / 2;
          offset = zone.offsetAt(from);
        }
      }
      return undefined;
    },
  };
}

/** Whether virtual time goes on across the change as if there had been none. */
export function isBridged({ before, after }: ClockChange, wildcard: boolean): boolean {
  const forward = after - before;
  if (wildcard) return forward >= 0 && forward <= CAUGHT_UP_BY_ALL;
  return forward <= LONGEST_FORWARD && forward >= -LONGEST_BACKWARD;
}
