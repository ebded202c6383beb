import type { ClaimStore } from '../../core/claim.js';
import type { Leaving } from '../../daemon/daemon.js';
import type { JobOutput } from '../../process/job-spec.js';
import type { Io } from '../io.js';
import type { Reporter } from '../reporter.js';
import type { RedisLogin } from '../run/redis-login.js';
import type { DaemonEntry } from './entry.js';
import type { Owners } from './owners.js';
import type { Turns } from './turns.js';

/** What all entries of a daemon share. */
export interface World {
  readonly store: ClaimStore;
  readonly login: RedisLogin;
  readonly node: string;
  readonly io: Io;
  readonly leaving: Leaving;
  /** How far back slots are caught up on, ms. */
  readonly catchUp: number | undefined;
  /** Speaks of one run. */
  reporterFor(entry: DaemonEntry, slot: string): Reporter;
  /** The environment of an entry's jobs, but for what a run adds. */
  environmentFor(entry: DaemonEntry): Io['env'];
  readonly turns: Turns;
  readonly owners: Owners;
  /** Where a run's streams go. */
  outputFor(entry: DaemonEntry, slot: string): JobOutput;
  /** A question was not answered: is Redis away? */
  unanswered(because: unknown): void;
}
