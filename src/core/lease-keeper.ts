import type { ClaimStore, Run } from './claim.js';
import type { Clock } from './clock.js';
import { type LeaseState, planLease } from './lease.js';
import { type Stop, StopSwitch } from './stop.js';

export interface KeepLease {
  readonly store: ClaimStore;
  readonly clock: Clock;
  readonly run: Run;
  /** When the claim's request was sent, ms of the clock. */
  readonly heldFrom: number;
  /** How long before its end the lease counts as lost, ms. */
  readonly reserve: number;
  /** Called once: it ran out before a renewal was answered, or it is no longer ours. */
  onLost(): void;
  /** The store had lost the run, and knows it again. */
  onRestated(): void;
}

export interface LeaseKeeper {
  /** Requested once `onLost` was called. */
  readonly lost: Stop;
  /** Goes on with the next attempt, whose request was sent at `heldFrom`. */
  follow(run: Run, heldFrom: number): void;
  /** Ends the renewing; the lease itself is given up by the store's `finish`. */
  stop(): void;
}

/** Keeps the holder's lease alive until stopped, or until it is lost. */
export function keepLease(options: KeepLease): LeaseKeeper {
  const { store, clock, reserve } = options;
  const { lease: length } = options.run;
  let { run } = options;
  let state: LeaseState = { length, reserve, heldFrom: options.heldFrom };
  let stopped = false;
  const lost = new StopSwitch();
  let cancel = () => {};

  const lose = () => {
    stopped = true;
    lost.request();
    options.onLost();
  };

  const planNext = () => {
    if (stopped) return;
    const plan = planLease(state, clock.monotonic());
    if (plan.kind === 'ran-out') return lose();
    cancel = clock.after(plan.wait, () => void renew());
  };

  const renew = async () => {
    // Planned anew: a suspended process wakes long after its timer was due.
    const plan = planLease(state, clock.monotonic());
    if (plan.kind === 'ran-out') return planNext();
    const sent = clock.monotonic();
    try {
      const renewal = await store.renew(run, plan.within);
      if (stopped) return;
      if (renewal === 'lost') return lose();
      if (renewal === 'restated') options.onRestated();
      state = { length, reserve, heldFrom: sent };
    } catch {
      // Whatever broke, the lease still runs: ask again until it would have ended.
      state = { ...state, failedAt: clock.monotonic() };
    }
    planNext();
  };

  planNext();
  return {
    lost,
    follow(next, heldFrom) {
      run = next;
      state = { length, reserve, heldFrom };
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
