import type { Slot } from '../../core/slot.js';
import type { JobSpec } from '../../process/job.js';
import type { Io } from '../io.js';
import type { Reporter } from '../reporter.js';
import type { RedisLogin } from './redis-login.js';
import type { Settings } from './settings.js';

/** A call of `run` whose input is known to be good. */
export interface Call {
  readonly settings: Settings;
  readonly login: RedisLogin;
  readonly slot: Slot;
  readonly schedule: string;
  readonly node: string;
  /** Random: whose claim it is. */
  readonly owner: string;
  /** What is run, as far as it does not depend on the run. */
  readonly command: Omit<JobSpec, RunsOwn>;
  readonly reporter: Reporter;
  readonly io: Io;
}

/** What a run adds. */
type RunsOwn = 'env' | 'timeout' | 'killAfter' | 'keepOutput' | 'marker';
