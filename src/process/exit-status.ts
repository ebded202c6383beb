import type { JobEnd } from './job-end.js';

/** What a shell adds to the number of the signal that ended a command (POSIX sh, 2.8.2). */
const SIGNAL_BASE = 128;

/** Exit status of timeout(1) when the time was up. */
const TIMED_OUT = 124;
const LEASE_LOST = 122;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** The exit status for a run, 0 to 255: the job's own where it ended by itself, else design section 5. */
export function exitStatus(end: JobEnd): number {
  switch (end.kind) {
    case 'exited':
      return end.code;
    case 'killed':
      return SIGNAL_BASE + end.number;
    case 'timed-out':
      return TIMED_OUT;
    case 'stopped':
      return end.reason === 'lease-lost' ? LEASE_LOST : exitStatus(end.how);
    case 'not-started':
      return end.cause === 'not-found' ? NOT_FOUND : NOT_EXECUTABLE;
  }
}
