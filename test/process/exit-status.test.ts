import { expect, test } from 'vitest';
import { exitStatus } from '../../src/process/exit-status.js';
import type { JobEnd, LeaderEnd, NotStartedCause } from '../../src/process/job-end.js';

const done: LeaderEnd = { kind: 'exited', code: 0 };
const killed: LeaderEnd = { kind: 'killed', signal: 'SIGKILL', number: 9 };
const unstarted = (cause: NotStartedCause): JobEnd => ({ kind: 'not-started', cause, reason: '' });

test.each<[string, JobEnd, number]>([
  ['success', done, 0],
  ['a failure', { kind: 'exited', code: 255 }, 255],
  ['SIGTERM', { kind: 'killed', signal: 'SIGTERM', number: 15 }, 143],
  ['SIGKILL', killed, 137],
  ['time is up, though it cleaned up', { kind: 'timed-out', how: done, survivors: [] }, 124],
  ['time is up, with force', { kind: 'timed-out', how: killed, survivors: [7] }, 124],
  ['the lease is lost', { kind: 'stopped', reason: 'lease-lost', how: done, survivors: [] }, 122],
  ['there is no such command', unstarted('not-found'), 127],
  ['it may not be executed', unstarted('not-executable'), 126],
  ['its directory is missing', unstarted('no-directory'), 126],
  ['its arguments are too long', unstarted('too-big'), 126],
  ['the machine has no room', unstarted('no-resources'), 126],
])('%s: %o gives %i', (_, end, status) => {
  expect(exitStatus(end)).toBe(status);
});
