import type { Schedule } from '../core/slot.js';
import { parseCron } from './cron.js';

/** The schedules of many jobs: those that say the same share one, and what it has found. */
export class Schedules {
  readonly #known = new Map<string, Schedule>();

  /** @throws Failure `usage` */
  cron(expression: string, timezone: string | undefined): Schedule {
    const name = `${timezone ?? ''} ${expression}`;
    const known = this.#known.get(name) ?? rememberingNext(parseCron(expression, timezone));
    this.#known.set(name, known);
    return known;
  }
}

/**
 * The same schedule, which searches once for what it is asked more than once: on a full minute all jobs ask
 * for what comes after the same instant, and every ms counts.
 */
function rememberingNext(schedule: Schedule): Schedule {
  let last: { readonly instant: number; readonly next: number | undefined } | undefined;
  return {
    atOrBefore: (instant) => schedule.atOrBefore(instant),
    after(instant) {
      if (last?.instant !== instant) last = { instant, next: schedule.after(instant) };
      return last.next;
    },
  };
}
