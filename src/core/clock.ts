import { NEVER, type Stop } from './stop.js';

/** Time and chance, handed in so that the core has none of its own. */
export interface Clock {
  /** Never jumps; ms since some start. */
  monotonic(): number;
  /** Calls back once after `ms`; returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Waits, but no longer than until told to stop. */
export function sleep(clock: Clock, ms: number, stop: Stop = NEVER): Promise<void> {
  return new Promise((resolve) => {
    const cancelTimer = clock.after(ms, () => {
      cancelStop();
      resolve();
    });
    const cancelStop = stop.whenRequested(() => {
      cancelTimer();
      resolve();
    });
  });
}
