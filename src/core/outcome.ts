import type { Run } from './claim.js';
import type { Skip } from './elect.js';

/** How a bid ended. `T` is what the job gave back. */
export type Outcome<T> =
  | { readonly kind: 'ran'; readonly run: Run; readonly value: T }
  | {
      readonly kind: 'skipped';
      readonly verdict: Skip;
      /** When it was decided, ms since the epoch by the store's clock. */
      readonly decidedAt: number;
    }
  | {
      readonly kind: 'stopped';
      /** Told to stop before the job began, or while standing by; or its lease was lost by then. */
      readonly because: 'told' | 'told-as-standby' | 'lease-lost';
    };
