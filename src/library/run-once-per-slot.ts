import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Run } from '../core/claim.js';
import type { Outcome } from '../core/outcome.js';
import { runOnce } from '../core/run-once.js';
import { parseRedisUrl } from '../redis/address.js';
import { RedisStore } from '../redis/store.js';
import { systemClock } from '../system-clock.js';
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
 * and thrown again.
 *
 * @throws Failure when there was no decision: `usage`, `config`, `unavailable`, `denied`, `protocol`
 */
export async function runOncePerSlot<T>(
  options: RunOncePerSlotOptions,
  task: (run: RunContext) => Promise<T> | T,
): Promise<Outcome<T>> {
  const { bid, redis, prefix, within } = await readOptions(options, Date.now(), hostname());
  const lost = new AbortController();
  const store = new RedisStore(parseRedisUrl(redis, 'redis'), prefix);
  try {
    return await runOnce({
      store,
      clock: systemClock,
      bid: { ...bid, owner: randomBytes(16).toString('hex') },
      within,
      stopped: () => options.signal?.aborted ?? false,
      troubles: {
        leaseLost: () => lost.abort(),
        notRecorded: (run, cause) => options.onNotRecorded?.(run, cause),
      },
      job: async (run) => ({
        value: await task({ ...run, leaseLost: lost.signal }),
        end: { state: 'done', exit: 0 },
      }),
    });
  } finally {
    store.close();
  }
}
