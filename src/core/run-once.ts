import { askUntilAnswered } from './ask-again.js';
import type { Bid, ClaimStore, Run, RunEnd } from './claim.js';
import type { Clock } from './clock.js';
import { keepLease } from './lease-keeper.js';
import type { Outcome } from './outcome.js';

/** What goes wrong around a run without changing its result. */
export interface Troubles {
  /** The lease ended while the job ran: another node may believe that this one is dead. */
  leaseLost(run: Run): void;
  /** The run's end could not be recorded; without a cause, because the run is no longer ours. */
  notRecorded(run: Run, cause?: unknown): void;
}

export interface RunOnce<T> {
  readonly store: ClaimStore;
  readonly clock: Clock;
  readonly bid: Omit<Bid, 'again'>;
  /** ms for the whole decision, and again for recording the end. */
  readonly within: number;
  readonly troubles: Troubles;
  /** True once the caller was told to stop: no further asking, and no job is started. */
  stopped?(): boolean;
  /** What the winner does. `end` says how it went, for the record. */
  job(run: Run): Promise<{ readonly value: T; readonly end: RunEnd }>;
}

/**
 * The whole of it: bid for the slot and, when elected, run the job under a lease and record its end.
 *
 * @throws Failure when there was no decision; whatever `job` throws, recorded as failed
 */
export async function runOnce<T>(options: RunOnce<T>): Promise<Outcome<T>> {
  const { store, clock, bid, within, troubles } = options;
  const stopped = () => options.stopped?.() ?? false;
  let sent = clock.monotonic();
  const answer = await askUntilAnswered({ within, clock, stopped }, (left, again) => {
    sent = clock.monotonic();
    return store.claim({ ...bid, again }, left);
  });
  if (answer.verdict.kind !== 'won') return { kind: 'skipped', verdict: answer.verdict, answer };

  const { run } = answer.verdict;
  const finish = async (end: RunEnd) => {
    try {
      const ask = (left: number) => store.finish(run, end, left);
      if (!(await askUntilAnswered({ within, clock }, ask))) troubles.notRecorded(run);
    } catch (cause) {
      troubles.notRecorded(run, cause);
    }
  };
  if (stopped()) {
    await finish({ state: 'aborted', exit: 0 });
    return { kind: 'stopped', answer };
  }
  const keeper = keepLease(store, run, bid.lease, sent, clock, () => troubles.leaseLost(run));
  try {
    const { value, end } = await options.job(run);
    keeper.stop();
    await finish(end);
    return { kind: 'ran', run, value, answer };
  } catch (error) {
    keeper.stop();
    await finish({ state: 'failed', exit: 1 });
    throw error;
  }
}
