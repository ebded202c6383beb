import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Run, RunEnd } from '../core/claim.js';
import type { Outcome } from '../core/outcome.js';
import { runOnce } from '../core/run-once.js';
import { NEVER, type Stop } from '../core/stop.js';
import { openStore } from '../redis/open-store.js';
import { parseRedisUrls, targetsAt } from '../redis/targets.js';
import { systemClock } from '../system-clock.js';
import { VERSION } from '../version.js';
import { type RunOncePerSlotOptions, readOptions } from './options.js';

/** What the elected function is told about its run. */
export interface RunContext extends Run {
  /** Aborted when the lease is lost: another node may believe that this one is dead. */
  readonly leaseLost: AbortSignal;
}

/**
 * Runs `task` on exactly one node of the fleet per schedule slot: what the command line does, without
 * processes and exit codes. Call it on every node when the schedule fires.
 *
 * ```ts
 * const outcome = await runOncePerSlot(
 *   { key: 'nightly', schedule: '0 3 * * *', redis: 'rediss://cache:6379' },
 *   async ({ fence }) => report(fence),
 * );
 * if (outcome.kind === 'ran') console.log(outcome.value);
 * ```
 *
 * Losing is a value (`kind: 'skipped'`), not an exception. What `task` throws is recorded as failed
 * and thrown again, after the last of its `retries`.
 *
 * @throws Failure when there was no decision: `usage`, `config`, `unavailable`, `denied`, `protocol`
 */
export async function runOncePerSlot<T>(
  options: RunOncePerSlotOptions,
  task: (run: RunContext) => Promise<T> | T,
): Promise<Outcome<T>> {
  const call = await readOptions(options, Date.now(), hostname());
  const lost = new AbortController();
  const stop = stopOf(options.signal);
  const targets = targetsAt(parseRedisUrls(call.redis, 'redis'), options, {
    nameOf: (option) => option,
    isForThisCall: () => true,
    env: process.env,
    now: () => Date.now(),
  });
  const store = openStore(targets, { ...call.store, clock: systemClock });
  try {
    const outcome = await runOnce({
      store,
      clock: systemClock,
      bid: { ...call.bid, owner: randomBytes(16).toString('hex'), command: '-', version: VERSION },
      ...call.election,
      retries: call.retries,
      reserve: 0,
      stop,
      isHandedBack: () => stop.requested,
      troubles: {
        leaseLost: () => lost.abort(),
        notRetried: () => lost.abort(),
        restated: () => {},
        notRecorded: (run, cause) => options.onNotRecorded?.(run, cause),
      },
      job: (run) => attempt(task, { ...run, leaseLost: lost.signal }),
    });
    if (outcome.kind !== 'ran') return outcome;
    if ('thrown' in outcome.value) throw outcome.value.thrown;
    return { ...outcome, value: outcome.value.returned };
  } finally {
    store.close();
  }
}

type Attempt<T> = { readonly returned: T } | { readonly thrown: unknown };

/** A task that throws has failed like a command that exits 1, and may be worth a retry. */
async function attempt<T>(
  task: (run: RunContext) => Promise<T> | T,
  run: RunContext,
): Promise<{ readonly value: Attempt<T>; readonly end: RunEnd }> {
  try {
    return { value: { returned: await task(run) }, end: { state: 'done', exit: 0 } };
  } catch (thrown) {
    return { value: { thrown }, end: { state: 'failed', exit: 1 } };
  }
}

function stopOf(signal: AbortSignal | undefined): Stop {
  if (signal === undefined) return NEVER;
  return {
    get requested() {
      return signal.aborted;
    },
    whenRequested(callback) {
      if (signal.aborted) callback();
      else signal.addEventListener('abort', callback, { once: true });
      return () => signal.removeEventListener('abort', callback);
    },
  };
}
