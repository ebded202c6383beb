import type { NoLock, Run, Skipped, UnlockedRun } from './claim.js';
import type { Phase } from './elect.js';
import type { Failure } from './errors.js';

/** How a bid ended. `T` is what the job gave back. */
export type Outcome<T> =
  | { readonly kind: 'ran'; readonly run: Run; readonly value: T }
  | ({ readonly kind: 'skipped' } & Skipped)
  /** The store could not be asked, and was not to be missed: nobody knows whether the slot is run. */
  | { readonly kind: 'undecided'; readonly because: Failure; readonly phase: Phase }
  /** The job was run without a lock: the store could not be asked or, in shadow, decided against it. */
  | {
      readonly kind: 'unlocked';
      readonly run: UnlockedRun<NoLock>;
      readonly value: T;
      /** Whether the history knows how it ended. */
      readonly told: boolean;
    }
  | {
      readonly kind: 'stopped';
      /** Told to stop before the job began, or while standing by; or its lease was lost by then. */
      readonly because: 'told' | 'told-as-standby' | 'lease-lost';
    };
