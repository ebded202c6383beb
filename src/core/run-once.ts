import { askUntilAnswered } from './ask-again.js';
import type { Claimed, Run, RunEnd, UnlockedRun } from './claim.js';
import { sleep } from './clock.js';
import { type Elected, type Election, elect } from './elect.js';
import type { Job } from './job.js';
import { keepLease } from './lease-keeper.js';
import type { Outcome } from './outcome.js';
import { planRetry, type Retries } from './retries.js';
import { runUnlocked } from './run-unlocked.js';
import { anyOf, type Stop } from './stop.js';

/** What goes wrong around a run without changing its result. */
export interface Troubles {
  /** The lease ended while the job ran: another node may believe that this one is dead. */
  leaseLost(run: Run): void;
  /** The lease ended between two attempts: there is no further one. */
  notRetried(run: Run): void;
  /** The store had lost the run: the slot could have been won again meanwhile. */
  restated(run: Run): void;
  /** The run's end could not be recorded; without a cause, because the run is no longer ours. */
  notRecorded(run: Claimed, cause?: unknown): void;
}

export interface RunOnce<T> extends Election {
  /** When the store cannot be asked who runs: fail, do as if lost, or do this without a lock. */
  readonly onUnavailable: 'fail' | 'skip' | Job<UnlockedRun, T>;
  readonly retries: Retries;
  /** How long before its end the lease counts as lost, ms: what ending the job may take. */
  readonly reserve: number;
  readonly troubles: Troubles;
  /** Whether a standby may run what ended so here; asked only where there are standbys. */
  isHandedBack(end: RunEnd): boolean;
  /** What the winner does, once per attempt. */
  readonly job: Job<Run, T>;
  /** This node's clock, ms since the epoch: only for what the store's clock could not be asked. */
  now(): number;
}

/**
 * The whole of it: bid for the slot and, when elected, run the job under a lease, again where it failed
 * and that is wished, and record each end.
 *
 * @throws Failure when there was no decision, and that is not provided for; whatever `job` throws, recorded as failed
 */
export async function runOnce<T>(options: RunOnce<T>): Promise<Outcome<T>> {
  const { stop } = options;
  const elected = await elect(options);
  if (elected.kind === 'skipped') return elected;
  if (elected.kind === 'unanswered') return unanswered(options, elected);
  if (elected.kind === 'won' && !stop.requested) return attempts(options, elected);

  const claimed = elected.kind === 'won' ? elected.run : elected.claimed;
  if (claimed !== undefined) await finish(options, claimed, { state: 'aborted', exit: 0 });
  return { kind: 'stopped', because: claimed === undefined ? 'told-as-standby' : 'told' };
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

async function attempts<T>(
  options: RunOnce<T>,
  { run: first, heldFrom }: { readonly run: Run; readonly heldFrom: number },
): Promise<Outcome<T>> {
  const { store, clock, reserve, troubles } = options;
  let run = first;
  let running = false;
  const keeper = keepLease({
    store,
    clock,
    run,
    heldFrom,
    reserve,
    onLost: () => running && troubles.leaseLost(run),
    onRestated: () => troubles.restated(run),
  });
  try {
    // A process that was suspended may have lost its lease before it could begin.
    if (keeper.lost.requested) {
      await finish(options, run, { state: 'aborted', exit: 0, leaseLost: true });
      return { kind: 'stopped', because: 'lease-lost' };
    }
    for (let made = 0; ; made++) {
      running = true;
      const { value, end } = await options.job(run);
      running = false;
      const lostMeanwhile = keeper.lost.requested;
      const next = await retry(options, run, made, end, keeper.lost);
      if (next !== undefined) {
        run = next.run;
        keeper.follow(run, next.heldFrom);
      }
      if (next === undefined || keeper.lost.requested) {
        keeper.stop();
        if (keeper.lost.requested && !lostMeanwhile) troubles.notRetried(run);
        await finish(options, run, { ...end, leaseLost: keeper.lost.requested });
        return { kind: 'ran', run, value };
      }
    }
  } catch (error) {
    keeper.stop();
    await finish(options, run, { state: 'failed', exit: 1 });
    throw error;
  }
}

/** The next attempt, after its delay; undefined when there is none. */
async function retry<T>(
  options: RunOnce<T>,
  run: Run,
  made: number,
  end: RunEnd,
  lost: Stop,
): Promise<{ readonly run: Run; readonly heldFrom: number } | undefined> {
  const { store, clock, within, retries, troubles } = options;
  const stop = anyOf(options.stop, lost);
  const delay = planRetry(retries, made, end, clock.random());
  if (delay === undefined) return undefined;
  await sleep(clock, delay, stop);
  if (stop.requested) return undefined;
  let heldFrom = clock.monotonic();
  try {
    const next = await askUntilAnswered({ within, clock, stop }, (left) => {
      heldFrom = clock.monotonic();
      return store.retry(run, end, left);
    });
    return next && { run: next, heldFrom };
  } catch (cause) {
    // Without a fence of its own there is no attempt.
    troubles.notRecorded(run, cause);
    return undefined;
  }
}

async function finish<T>(options: RunOnce<T>, claimed: Claimed, end: RunEnd): Promise<void> {
  const { store, clock, within, troubles, turns } = options;
  const handedBack = turns !== undefined && end.state !== 'done' && options.isHandedBack(end);
  const told: RunEnd = handedBack ? { ...end, state: 'handed-back' } : end;
  try {
    const recorded = await askUntilAnswered({ within, clock }, (left) =>
      store.finish(claimed, told, left),
    );
    if (!recorded) troubles.notRecorded(claimed);
  } catch (cause) {
    troubles.notRecorded(claimed, cause);
  }
}
