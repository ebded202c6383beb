import type { NoLock, Run, UnlockedRun } from '../../core/claim.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What the job is told about its run: all names that we ever set, those of the other kind undefined. */
function runVariables(run: Run | UnlockedRun<NoLock>): Env {
  const isUnlocked = 'unlocked' in run;
  return {
    REDLOCK_RUN_KEY: run.key,
    REDLOCK_RUN_SLOT: run.slot.id,
    // Without a fence, so that whoever checks it refuses the job.
    REDLOCK_RUN_FENCE: isUnlocked ? undefined : String(run.fence),
    REDLOCK_RUN_RANK: isUnlocked ? undefined : String(run.rank),
    REDLOCK_RUN_UNLOCKED: isUnlocked ? '1' : undefined,
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
  run: Run | UnlockedRun<NoLock>,
  secrets: readonly string[],
): Record<string, string> {
  const all = Object.entries({ ...env, ...runVariables(run) });
  return Object.fromEntries(
    all.filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !secrets.includes(entry[0]),
    ),
  );
}
