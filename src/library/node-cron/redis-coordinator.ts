import { hostname } from 'node:os';
import type { UnlockedRun } from '../../core/claim.js';
import { openSharedStore } from '../../redis/shared/open-shared-store.js';
import { systemClock } from '../../system-clock.js';
import { redisTargets } from '../redis-targets.js';
import type { RunContext } from '../run-once-per-slot.js';
import { Coordinator } from './coordinator.js';
import { type RedisCoordinatorOptions, readCoordinatorOptions } from './options.js';
import type { RedisCoordinator } from './run-coordinator.js';

/**
 * Has node-cron run each tick of a task on one process of the fleet: the `runCoordinator` of its
 * `distributed` tasks. A task's name is the job's key and a tick's instant is the slot, so that a crontab
 * with `redlock-run --key nightly --schedule '0 3 * * *'` takes part in the same election.
 *
 * ```ts
 * const coordinator = redisCoordinator({ redis: 'rediss://cache:6379' });
 * cron.schedule('0 3 * * *', coordinator.task((context, { fence }) => report(fence)), {
 *   name: 'nightly', timezone: 'Europe/London', distributed: true, runCoordinator: coordinator,
 * });
 * ```
 *
 * @throws Failure `usage` or `config` for what the options alone can tell; Redis is not waited for
 */
export function redisCoordinator(
  options?: RedisCoordinatorOptions & { readonly onRedisDown?: 'fail' | 'skip' },
): RedisCoordinator;
/** With `onRedisDown: 'run'` a function may be told of a run without lock, rank and fence. */
export function redisCoordinator(
  options: RedisCoordinatorOptions,
): RedisCoordinator<RunContext | UnlockedRun>;
export function redisCoordinator(
  options: RedisCoordinatorOptions = {},
): RedisCoordinator<RunContext | UnlockedRun> {
  const terms = readCoordinatorOptions(options, hostname());
  const targets = redisTargets(terms.redis, options);
  const store = openSharedStore(targets, { ...terms.store, clock: systemClock });
  return new Coordinator({ store, clock: systemClock, terms, callbacks: options });
}
