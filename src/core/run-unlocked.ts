import type { Bid, ClaimStore, NoLock, RunEnd, UnlockedRun } from './claim.js';
import { type Clock, sleep } from './clock.js';
import { keepTelling } from './history-teller.js';
import type { Job } from './job.js';
import { isDecided } from './no-lock.js';
import type { Outcome } from './outcome.js';
import { planRetry, type Retries } from './retries.js';
import type { Stop } from './stop.js';

export interface RunUnlocked<T, Why extends NoLock> {
  readonly store: ClaimStore;
  readonly clock: Clock;
  readonly bid: Bid;
  /** ms that telling the end may take, where the store has come back. */
  readonly within: number;
  readonly stop: Stop;
  /** Resolves when the job may begin; at once where it is absent. */
  mayBegin?(): Promise<void>;
  readonly retries: Retries;
  readonly job: Job<UnlockedRun<Why>, T>;
  /** This node's clock, ms since the epoch. */
  now(): number;
}

/**
 * Runs the job without a lock, again where it failed and that is wished, and tells the history as soon
 * as the store is back. Nothing is claimed: other nodes may run the same slot, before, after or beside.
 *
 * @param first the attempt to begin with; those before it were made under a lease
 * @throws whatever `job` throws, told as failed
 */
export async function runUnlocked<T, Why extends NoLock>(
  options: RunUnlocked<T, Why>,
  because: Why,
  first = 1,
): Promise<Outcome<T>> {
  const { bid, clock, stop, retries, now } = options;
  await options.mayBegin?.();
  if (stop.requested) return { kind: 'stopped', because: 'told' };
  const teller = keepTelling(options);
  let run: UnlockedRun<Why> = { ...bid, unlocked: because, attempt: first, startedAt: now() };
  // What was decided takes nothing from anybody, and is told by its end alone: a whole fleet in shadow
  // would fill the history.
  if (!isDecided(because)) teller.tell({ run });
  const ended = (end: RunEnd) => teller.tell({ run, ended: { end, at: now() } });
  try {
    for (;;) {
      const { value, end } = await options.job(run);
      ended(end);
      const delay = planRetry(retries, run.attempt - 1, end, clock.random());
      if (delay !== undefined) await sleep(clock, delay, stop);
      if (delay === undefined || stop.requested) {
        return { kind: 'unlocked', run, value, told: await teller.conclude() };
      }
      run = { ...run, attempt: run.attempt + 1, startedAt: now() };
    }
  } catch (error) {
    ended({ state: 'failed', exit: 1 });
    await teller.conclude();
    throw error;
  }
}
