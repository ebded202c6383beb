/** redlock-run as a library: see README, "As a library". */
export type { Answer, Holder, Overlap, Run, RunState, Verdict } from './core/claim.js';
export { Failure, type FailureKind } from './core/errors.js';
export type { Outcome, Skip } from './core/outcome.js';
export type { Slot, SlotDue } from './core/slot.js';
export type { Duration, RunOncePerSlotOptions } from './library/options.js';
export { type RunContext, runOncePerSlot } from './library/run-once-per-slot.js';
