import type { Run, UnlockedRun } from './claim.js';
import type { Phase, Skip } from './elect.js';
import type { Failure } from './errors.js';

/** How a bid ended. `T` is what the job gave back. */
export type Outcome<T> =
  | { readonly kind: 'ran'; readonly run: Run; readonly value: T }
  | {
      readonly kind: 'skipped';
      readonly verdict: Skip;
      /** When it was decided, ms since the epoch by the store's clock. */
      readonly decidedAt: number;
    }
  /** The store could not be asked, and was not to be missed: nobody knows whether the slot is run. */
  | { readonly kind: 'undecided'; readonly because: Failure; readonly phase: Phase }
  /** The store could not be asked, and the job was run without a lock. */
  | {
      readonly kind: 'unlocked';
      readonly run: UnlockedRun;
      readonly value: T;
      /** Whether the history knows how it ended. */
      readonly told: boolean;
    }
  | {
      readonly kind: 'stopped';
      /** Told to stop before the job began, or while standing by; or its lease was lost by then. */
      readonly because: 'told' | 'told-as-standby' | 'lease-lost';
    };
