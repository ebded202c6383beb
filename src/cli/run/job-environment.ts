import type { Run } from '../../core/claim.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What the job is told about its run. */
export function runVariables(run: Run): Record<string, string> {
  return {
    REDLOCK_RUN_KEY: run.key,
    REDLOCK_RUN_SLOT: run.slot.id,
    REDLOCK_RUN_FENCE: String(run.fence),
    REDLOCK_RUN_RANK: String(run.rank),
    REDLOCK_RUN_ATTEMPT: String(run.attempt),
    REDLOCK_RUN_NODE: run.node,
  };
}

/** Together these belong to one run alone, which is how its stray processes are found. */
export const RUN_MARKER = ['REDLOCK_RUN_KEY', 'REDLOCK_RUN_FENCE'] as const;

/** The job's environment: ours, less the variables that hold our secrets, plus the run's. */
export function jobEnvironment(
  env: Env,
  run: Run,
  secrets: readonly string[],
): Record<string, string> {
  const passed = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !secrets.includes(entry[0]),
  );
  return { ...Object.fromEntries(passed), ...runVariables(run) };
}
