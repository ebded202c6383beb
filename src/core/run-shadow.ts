import type { NoLock, UnlockedRun } from './claim.js';
import { type Elected, type Election, elect } from './elect.js';
import { Failure } from './errors.js';
import type { Job } from './job.js';
import type { Outcome } from './outcome.js';
import { type RunLeased, runLeased } from './run-leased.js';
import { runUnlocked } from './run-unlocked.js';

/** ms that Redis may take for a decision in shadow: without it, the job would have begun at once. */
const LONGEST_DECISION = 1_000;

export interface RunShadow<T> extends Election, Omit<RunLeased<T>, 'withoutLease'> {
  /** What runs without a lock wherever the job would not have been run here. */
  readonly shadow: Job<UnlockedRun<NoLock>, T>;
  /** This node's clock, ms since the epoch: only for what the store's clock could not be asked. */
  now(): number;
}

/**
 * Bids like any other node, and runs the job whatever the answer: who wins does so for real, under a lease;
 * who does not, or cannot ask, runs it without a lock. Nothing but being told to stop keeps the job from
 * running, and nothing that the lock does delays it for longer than a decision may take.
 *
 * @throws whatever the job throws, recorded as failed
 */
export async function runInShadow<T>(given: RunShadow<T>): Promise<Outcome<T>> {
  const options = asInShadow(given);
  const runAnyway = (because: NoLock, attempt?: number) =>
    runUnlocked({ ...options, job: options.shadow }, because, attempt);

  const elected = await electWithoutWaiting(options);
  if (elected.kind === 'won') {
    const withoutLease = (attempt: number) => runAnyway('lease-lost', attempt);
    return runLeased({ ...options, withoutLease }, elected);
  }
  if (elected.kind === 'stopped' || options.stop.requested) {
    return { kind: 'stopped', because: 'told' };
  }
  return runAnyway(elected.kind === 'skipped' ? elected : elected.failure);
}

/** What of the options holds in shadow. */
function asInShadow<T>(given: RunShadow<T>): RunShadow<T> {
  const { bid } = given;
  return {
    ...given,
    // A claim that waits would be in the way of others, and nobody waits for it here.
    bid: { ...bid, shadow: true, overlap: bid.overlap === 'wait' ? 'skip' : bid.overlap },
    within: Math.min(given.within, LONGEST_DECISION),
  };
}

/** Nobody stands by, and whatever is wrong with Redis is no reason not to run. */
async function electWithoutWaiting({ turns: _, ...election }: Election): Promise<Elected> {
  try {
    return await elect(election);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kind: 'unanswered', failure: error, phase: 'bidding' };
  }
}
