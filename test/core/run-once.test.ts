import { beforeEach, expect, test } from 'vitest';
import type { ClaimStore, RunEnd } from '../../src/core/claim.js';
import { type RunOnce, runOnce } from '../../src/core/run-once.js';
import { NEVER, StopSwitch } from '../../src/core/stop.js';
import { BID } from '../support/bid.js';
import { VirtualClock } from './virtual-clock.js';

let clock: VirtualClock;
let ends: RunEnd[];
let told: string[];
beforeEach(() => {
  clock = new VirtualClock();
  ends = [];
  told = [];
});

/** Wins at once, with a job that must not begin. */
function win(more: Partial<RunOnce<string>>, answered = () => {}) {
  const never = () => Promise.reject(new Error('not asked'));
  const store: ClaimStore = {
    async claim(bid) {
      answered();
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
  return runOnce<string>({
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
    ...more,
  });
}

test('a job whose lease ran out before it could begin is not begun, and that is recorded', async () => {
  // The process is suspended between the answer and the next line of ours.
  const outcome = await win({}, () => clock.suspend(45_000));
  expect(outcome).toEqual({ kind: 'stopped', because: 'lease-lost' });
  expect(ends).toEqual([{ state: 'aborted', exit: 0, leaseLost: true }]);
  expect(told).toEqual([]);
});

test('a job that waits to begin, and is told to stop, is not begun, and that is recorded', async () => {
  const stop = new StopSwitch();
  const mayBegin = async () => {
    await Promise.resolve();
    stop.request();
  };
  const outcome = await win({ stop, mayBegin });
  expect(outcome).toEqual({ kind: 'stopped', because: 'told' });
  expect(ends).toEqual([{ state: 'aborted', exit: 0 }]);
  expect(told).toEqual([]);
});
