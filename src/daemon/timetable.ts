import type { Job } from './job.js';

/**
 * Which jobs are due at which instant. Each job's next slot is known beforehand, so that a tick at
 * which nothing is due costs a comparison per job.
 */
export class Timetable {
  readonly #next = new Map<Job, number>();
  /** Their next slot is not known yet. */
  readonly #unplanned = new Set<Job>();
  #from: number;

  /** @param from slots after it are due when they come, ms since the epoch */
  constructor(jobs: readonly Job[], from: number) {
    this.#from = from;
    for (const job of jobs) this.#unplanned.add(job);
    this.plan();
  }

  /**
   * The jobs that have a slot at `instant`. What has been passed over is not due any more. To plan
   * their next slots is left to `plan`, after the bids have left: on a full minute every ms counts.
   */
  dueAt(instant: number): readonly Job[] {
    this.plan();
    this.#from = instant;
    const due: Job[] = [];
    for (const [job, next] of this.#next) {
      if (next > instant) continue;
      this.#unplanned.add(job);
      // A beat that was missed may have passed over a slot before this one.
      if (next === instant || job.schedule.atOrBefore(instant) === instant) due.push(job);
    }
    return due;
  }

  /** Finds the next slots of the jobs that were due. */
  plan(): void {
    for (const job of this.#unplanned) {
      const next = job.schedule.after(this.#from);
      if (next === undefined) this.#next.delete(job);
      else this.#next.set(job, next);
    }
    this.#unplanned.clear();
  }
}
