import type { RunEnd } from './claim.js';

/** What is run, once per attempt. `end` says how it went, for the record. */
export type Job<R, T> = (run: R) => Promise<{ readonly value: T; readonly end: RunEnd }>;
