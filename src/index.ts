/** redlock-run as a library: see README, "As a library". */
export type {
  Holder,
  NoLock,
  Overlap,
  Run,
  RunState,
  Skip,
  Skipped,
  UnlockedRun,
} from './core/claim.js';
export type { Phase } from './core/elect.js';
export { Failure, type FailureKind } from './core/errors.js';
export type { Outcome } from './core/outcome.js';
export type { Slot, SlotDue } from './core/slot.js';
export type { Duration, ElectionOptions } from './library/election-options.js';
export type { RunOncePerSlotOptions } from './library/options.js';
export { type RunContext, runOncePerSlot } from './library/run-once-per-slot.js';
