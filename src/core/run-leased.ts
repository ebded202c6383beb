import { askUntilAnswered } from './ask-again.js';
import type { Claimed, ClaimStore, Run, RunEnd } from './claim.js';
import { type Clock, sleep } from './clock.js';
import type { Job } from './job.js';
import { keepLease } from './lease-keeper.js';
import type { Outcome } from './outcome.js';
import { planRetry, type Retries } from './retries.js';
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

export interface RunLeased<T> {
  readonly store: ClaimStore;
  readonly clock: Clock;
  /** ms for each question to the store, further tries included. */
  readonly within: number;
  readonly stop: Stop;
  readonly retries: Retries;
  /** How long before its end the lease counts as lost, ms: what ending the job may take. */
  readonly reserve: number;
  readonly troubles: Troubles;
  /** Losers stay as standbys: how many nodes may run the slot, one after the other. */
  readonly turns?: number;
  /** Whether a standby may run what ended so here; asked only where there are standbys. */
  isHandedBack(end: RunEnd): boolean;
  /** Resolves when the job may begin; at once where it is absent. */
  mayBegin?(): Promise<void>;
  /** What the winner does, once per attempt. */
  readonly job: Job<Run, T>;
  /** Makes the attempts that are due, from this one on, once the lease is lost; else there are none. */
  readonly withoutLease?: (attempt: number) => Promise<Outcome<T>>;
}

/** A run that was won. `heldFrom`: when the winning question was sent, ms of the clock. */
export interface Won {
  readonly run: Run;
  readonly heldFrom: number;
}

/**
 * Runs the job of a slot that was won under its lease, again where it failed and that is wished, and
 * records each end.
 *
 * @throws whatever `job` throws, recorded as failed
 */
export async function runLeased<T>(
  options: RunLeased<T>,
  { run: first, heldFrom }: Won,
): Promise<Outcome<T>> {
  const { store, clock, reserve, troubles, withoutLease } = options;
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
    await options.mayBegin?.();
    if (options.stop.requested) {
      keeper.stop();
      await recordEnd(options, run, { state: 'aborted', exit: 0 });
      return { kind: 'stopped', because: 'told' };
    }
    // A process that was suspended may have lost its lease before it could begin.
    if (keeper.lost.requested) {
      await recordEnd(options, run, { state: 'aborted', exit: 0, leaseLost: true });
      return withoutLease?.(run.attempt) ?? { kind: 'stopped', because: 'lease-lost' };
    }
    for (let made = 0; ; made++) {
      running = true;
      const { value, end } = await options.job(run);
      running = false;
      const lostMeanwhile = keeper.lost.requested;
      const next = await nextAttempt(options, run, made, end, keeper.lost);
      if (next.kind === 'leased') {
        run = next.run;
        keeper.follow(run, next.heldFrom);
      }
      if (next.kind !== 'leased' || keeper.lost.requested) {
        keeper.stop();
        const goOn = next.kind === 'none' ? undefined : withoutLease;
        if (!goOn && keeper.lost.requested && !lostMeanwhile) troubles.notRetried(run);
        await recordEnd(options, run, { ...end, leaseLost: keeper.lost.requested });
        return goOn?.(run.attempt + 1) ?? { kind: 'ran', run, value };
      }
    }
  } catch (error) {
    keeper.stop();
    await recordEnd(options, run, { state: 'failed', exit: 1 });
    throw error;
  }
}

/** `unleased`: one is due, but the run is no longer ours, as far as we know. */
type NextAttempt = ({ readonly kind: 'leased' } & Won) | { readonly kind: 'none' | 'unleased' };

/** The next attempt, after its delay. */
async function nextAttempt<T>(
  options: RunLeased<T>,
  run: Run,
  made: number,
  end: RunEnd,
  lost: Stop,
): Promise<NextAttempt> {
  const { store, clock, within, retries, troubles, withoutLease } = options;
  const stop = anyOf(options.stop, lost);
  const delay = planRetry(retries, made, end, clock.random());
  if (delay === undefined) return { kind: 'none' };
  await sleep(clock, delay, withoutLease ? options.stop : stop);
  if (stop.requested) return { kind: options.stop.requested ? 'none' : 'unleased' };
  let heldFrom = clock.monotonic();
  try {
    const next = await askUntilAnswered({ within, clock, stop }, (left) => {
      heldFrom = clock.monotonic();
      return store.retry(run, end, left);
    });
    return next ? { kind: 'leased', run: next, heldFrom } : { kind: 'unleased' };
  } catch (cause) {
    // Without a fence of its own there is no attempt under the lease.
    troubles.notRecorded(run, cause);
    return { kind: options.stop.requested ? 'none' : 'unleased' };
  }
}

/** What telling an end needs. */
type RecordEnd = Pick<
  RunLeased<unknown>,
  'store' | 'clock' | 'within' | 'troubles' | 'turns' | 'isHandedBack'
>;

/** Tells how a run ended, or that it never began, and gives its lease up. */
export async function recordEnd(options: RecordEnd, claimed: Claimed, end: RunEnd): Promise<void> {
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
