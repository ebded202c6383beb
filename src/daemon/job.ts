import type { Schedule } from '../core/slot.js';

/** How often a job's schedule has to be looked at: five fields name minutes, six name seconds. */
export type Grain = 'minute' | 'second';

/** Why a slot is bid for: its time has come, or nobody ran it while it was. */
export type Why = 'due' | 'catch-up';

/** A job of the daemon: when it is due, and how it is run. */
export interface Job {
  /** The same on every node, and of no other job. */
  readonly key: string;
  readonly schedule: Schedule;
  readonly grain: Grain;
  /** A claim keeps its slots from being run again: without one nothing is caught up on. */
  readonly catchesUp: boolean;
  /**
   * Bids for a slot, and runs the job when elected.
   *
   * @param at the slot's instant, ms since the epoch
   */
  fire(at: number, why: Why): Firing;
}

/** One bid of the daemon, and the run that comes of it. */
export interface Firing {
  /** Resolves as soon as it is known whether this node runs the job. Never rejects. */
  readonly elected: Promise<boolean>;
  /** Resolves when there is nothing left to do. Never rejects. */
  readonly ended: Promise<Ended>;
}

/** `unanswered`: nobody could be asked, and the job was not run. */
export type Ended = 'answered' | 'unanswered';
