import type { UnlockedRun } from './claim.js';
import { type Elected, elect } from './elect.js';
import type { Job } from './job.js';
import type { Outcome } from './outcome.js';
import { recordEnd, runLeased } from './run-leased.js';
import { type RunShadow, runInShadow } from './run-shadow.js';
import { runUnlocked } from './run-unlocked.js';

export interface RunOnce<T> extends Omit<RunShadow<T>, 'shadow'> {
  /** When the store cannot be asked who runs: fail, do as if lost, or do this without a lock. */
  readonly onUnavailable: 'fail' | 'skip' | Job<UnlockedRun, T>;
  /** Makes it a run in shadow; `onUnavailable` does not matter then. */
  readonly shadow?: RunShadow<T>['shadow'];
}

/**
 * The whole of it: bid for the slot and, when elected, run the job under a lease, again where it failed
 * and that is wished, and record each end. In shadow the job is run whoever is elected.
 *
 * @throws Failure when there was no decision, and that is not provided for; whatever `job` throws, recorded as failed
 */
export async function runOnce<T>(options: RunOnce<T>): Promise<Outcome<T>> {
  const { shadow } = options;
  if (shadow !== undefined) return runInShadow({ ...options, shadow });
  const elected = await elect(options);
  switch (elected.kind) {
    case 'won':
      return runLeased(options, elected);
    case 'skipped':
      return elected;
    case 'unanswered':
      return unanswered(options, elected);
    case 'stopped': {
      const { claimed } = elected;
      if (claimed === undefined) return { kind: 'stopped', because: 'told-as-standby' };
      await recordEnd(options, claimed, { state: 'aborted', exit: 0 });
      return { kind: 'stopped', because: 'told' };
    }
  }
}

/** Who knows that another node has won the slot, or that an earlier one is run, never runs unlocked. */
async function unanswered<T>(
  options: RunOnce<T>,
  { failure, phase }: Elected & { readonly kind: 'unanswered' },
): Promise<Outcome<T>> {
  const { onUnavailable, stop } = options;
  if (onUnavailable === 'fail') throw failure;
  if (onUnavailable !== 'skip' && phase !== 'bidding') throw failure;
  if (stop.requested) {
    return { kind: 'stopped', because: phase === 'standing-by' ? 'told-as-standby' : 'told' };
  }
  if (onUnavailable === 'skip') return { kind: 'undecided', because: failure, phase };
  return runUnlocked({ ...options, job: onUnavailable }, failure);
}
