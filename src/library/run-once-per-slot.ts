import { hostname } from 'node:os';
import type { Run, RunEnd } from '../core/claim.js';
import { spread } from '../core/jitter.js';
import { DEFAULTS } from '../core/limits.js';
import type { Outcome } from '../core/outcome.js';
import { runOnce } from '../core/run-once.js';
import { NEVER, type Stop } from '../core/stop.js';
import { openStore } from '../redis/open-store.js';
import { systemClock } from '../system-clock.js';
import { newBidder } from './bidder.js';
import { type RunOncePerSlotOptions, readOptions } from './options.js';
import { redisTargets } from './redis-targets.js';
import { checkShape, FUNCTION } from './shapes.js';

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
  options: RunOncePerSlotOptions<T>,
  task: Task<RunContext, T>,
): Promise<Outcome<T>> {
  checkShape(task, 'task', FUNCTION);
  const call = await readOptions(options, Date.now(), hostname());
  const targets = redisTargets(call.redis, options);
  const { onRedisDown = DEFAULTS.onRedisDown } = options;
  const lost = new AbortController();
  const stop = stopOf(options.signal);
  await spread(systemClock, call.jitter, stop);
  if (stop.requested) return { kind: 'stopped', because: 'told' };
  const store = openStore(targets, { ...call.store, clock: systemClock });
  try {
    const outcome = await runOnce({
      store,
      clock: systemClock,
      bid: { ...call.bid, ...newBidder() },
      ...call.election,
      retries: call.retries,
      onUnavailable:
        typeof onRedisDown === 'function' ? (run) => attempt(onRedisDown, run) : onRedisDown,
      now: Date.now,
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
    if (outcome.kind !== 'ran' && outcome.kind !== 'unlocked') return outcome;
    if ('thrown' in outcome.value) throw outcome.value.thrown;
    return { ...outcome, value: outcome.value.returned };
  } finally {
    store.close();
  }
}

type Task<C, T> = (run: C) => Promise<T> | T;

type Attempt<T> = { readonly returned: T } | { readonly thrown: unknown };

/** A task that throws has failed like a command that exits 1, and may be worth a retry. */
async function attempt<C, T>(
  task: Task<C, T>,
  run: C,
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
