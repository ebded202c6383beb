import type { Schedule } from '../../core/slot.js';
import type { Grain } from '../../daemon/job.js';
import type { Call } from '../run/call.js';
import type { Settings } from '../run/settings.js';

/** An entry of the crontab, with all that it takes to run it. */
export interface DaemonEntry {
  /** Where it begins in the file, from 1. */
  readonly line: number;
  readonly key: string;
  /**
   * `once`: on one node per slot; `shadow`: on every node, with a bid for the record; `every-node`: without
   * a bid; `wrapped`: the same, it bids by itself.
   */
  readonly runs: 'once' | 'shadow' | 'every-node' | 'wrapped';
  /** Undefined: at the start (`@reboot`). */
  readonly times: EntryTimes | undefined;
  readonly settings: Settings;
  readonly command: Call['command'];
  /** What the crontab sets of the job's environment, or in it takes away. */
  environment(): Readonly<Record<string, string | undefined>>;
}

export interface EntryTimes {
  readonly schedule: Schedule;
  readonly grain: Grain;
  /** As written. */
  readonly expression: string;
  /** As the fleet's records call it. */
  readonly name: string;
  /** IANA name; undefined: the node's own. */
  readonly timezone: string | undefined;
}
