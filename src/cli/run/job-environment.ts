import type { NoLock, Run, UnlockedRun } from '../../core/claim.js';

type Env = Readonly<Record<string, string | undefined>>;

/** A run that nobody else knows of: every node has its own. */
export type LocalRun = Pick<UnlockedRun, 'key' | 'slot' | 'attempt' | 'node' | 'owner' | 'shadow'>;

/** What the job is told about its run: all names that we ever set, those of another kind undefined. */
function runVariables(run: Run | UnlockedRun<NoLock> | LocalRun): Env {
  // Without a fence unless it was elected, so that whoever checks it refuses the job.
  const isElected = 'fence' in run;
  return {
    REDLOCK_RUN_KEY: run.key,
    REDLOCK_RUN_SLOT: run.slot.id,
    REDLOCK_RUN_FENCE: isElected ? String(run.fence) : undefined,
    REDLOCK_RUN_RANK: isElected ? String(run.rank) : undefined,
    REDLOCK_RUN_UNLOCKED: 'unlocked' in run ? '1' : undefined,
    REDLOCK_RUN_SHADOW: run.shadow ? '1' : undefined,
    REDLOCK_RUN_ATTEMPT: String(run.attempt),
    REDLOCK_RUN_NODE: run.node,
    REDLOCK_RUN_OWNER: run.owner,
  };
}

/** Together these belong to one attempt alone, which is how its stray processes are found. */
export const RUN_MARKER = ['REDLOCK_RUN_OWNER', 'REDLOCK_RUN_ATTEMPT'] as const;

/**
 * The job's environment: ours, less the variables that hold our secrets, plus the run's. Those of a run
 * that we are called from are not handed on.
 */
export function jobEnvironment(
  env: Env,
  run: Run | UnlockedRun<NoLock> | LocalRun,
  secrets: readonly string[],
): Record<string, string> {
  const all = Object.entries({ ...env, ...runVariables(run) });
  return Object.fromEntries(
    all.filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !secrets.includes(entry[0]),
    ),
  );
}
