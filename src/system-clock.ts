import type { Clock } from './core/clock.js';

/** The core's clock on this machine: monotonic, because the wall clock may be set meanwhile. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
