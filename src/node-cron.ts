/** redlock-run for node-cron's distributed tasks: see README, "With node-cron". */
export type { Holder, NoLock, Overlap, Run, RunState, Skip, UnlockedRun } from './core/claim.js';
export type { Phase } from './core/elect.js';
export { Failure, type FailureKind } from './core/errors.js';
export type { Outcome } from './core/outcome.js';
export type { Slot, SlotDue } from './core/slot.js';
export type { Duration, ElectionOptions } from './library/election-options.js';
export type { RedisCoordinatorOptions, TickOutcome } from './library/node-cron/options.js';
export { redisCoordinator } from './library/node-cron/redis-coordinator.js';
export type { RedisCoordinator, TaskContext } from './library/node-cron/run-coordinator.js';
export type { RunContext } from './library/run-once-per-slot.js';
