import { expect, test } from 'vitest';
import type { ClaimStore, RunEnd } from '../../src/core/claim.js';
import { runOnce } from '../../src/core/run-once.js';
import { NEVER } from '../../src/core/stop.js';
import { BID } from '../support/bid.js';
import { VirtualClock } from './virtual-clock.js';

test('a job whose lease ran out before it could begin is not begun, and that is recorded', async () => {
  const clock = new VirtualClock();
  const ends: RunEnd[] = [];
  const told: string[] = [];
  const never = () => Promise.reject(new Error('not asked'));
  const store: ClaimStore = {
    async claim(bid) {
      // The process is suspended between the answer and the next line of ours.
      clock.suspend(45_000);
      const run = { ...bid, rank: 1, attempt: 1, turn: 1, fence: 7, startedAt: 1 };
      return { verdict: { kind: 'won', run }, decidedAt: 1 };
    },
    async finish(_, end) {
      ends.push(end);
      return true;
    },
    noteUnlocked: never,
    takeOver: never,
    renew: never,
    retry: never,
    nextEvent: never,
    reach: never,
    close: () => {},
  };
  const outcome = await runOnce({
    store,
    clock,
    bid: BID,
    within: 5_000,
    stop: NEVER,
    waitTimeout: 1,
    retries: { limit: 0, delay: 0 },
    reserve: 0,
    onUnavailable: 'fail',
    now: () => 0,
    isHandedBack: () => false,
    troubles: {
      leaseLost: () => told.push('lease lost'),
      notRetried: () => told.push('not retried'),
      restated: () => told.push('restated'),
      notRecorded: () => told.push('not recorded'),
    },
    job: () => Promise.reject(new Error('must not begin')),
  });
  expect(outcome).toEqual({ kind: 'stopped', because: 'lease-lost' });
  expect(ends).toEqual([{ state: 'aborted', exit: 0, leaseLost: true }]);
  expect(told).toEqual([]);
});
