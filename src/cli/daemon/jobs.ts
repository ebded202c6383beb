import type { Firing, Job } from '../../daemon/job.js';
import type { DaemonEntry, EntryTimes } from './entry.js';
import { fireEverywhere, type RunningHere } from './fire-everywhere.js';
import { fireOnce } from './fire-once.js';
import type { World } from './world.js';

export interface Jobs {
  scheduled(entries: readonly DaemonEntry[]): readonly Job[];
  /** The entries of `@reboot`, each begun when called. */
  atStart(entries: readonly DaemonEntry[]): readonly ((at: number) => Firing)[];
}

/** Makes jobs of entries. What runs here is known across reloads. */
export function jobsOf(world: World): Jobs {
  const here: RunningHere = new Set();
  const jobOf = (entry: DaemonEntry, times: EntryTimes): Job => ({
    key: entry.key,
    schedule: times.schedule,
    grain: times.grain,
    catchesUp: entry.runs === 'once',
    fire: (at, why) =>
      entry.runs === 'once' || entry.runs === 'shadow'
        ? fireOnce(entry, times, { at, why }, world)
        : fireEverywhere(entry, at, world, here),
  });
  return {
    scheduled: (entries) =>
      entries.flatMap((entry) => (entry.times === undefined ? [] : [jobOf(entry, entry.times)])),
    atStart: (entries) =>
      entries
        .filter(({ times }) => times === undefined)
        .map((entry) => (at) => fireEverywhere(entry, at, world, here)),
  };
}
