import type { Clock } from './core/clock.js';

const NANOSECONDS = 1e6;

/** The core's clock on this machine: monotonic, because the wall clock may be set meanwhile. */
export const systemClock: Clock = {
  // The first use of performance.now() loads node:perf_hooks; this is there from the start.
  monotonic: () => Number(process.hrtime.bigint()) / NANOSECONDS,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
