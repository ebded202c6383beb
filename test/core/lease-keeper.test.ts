import { beforeEach, expect, test } from 'vitest';
import type { ClaimStore, Renewal, Run } from '../../src/core/claim.js';
import { keepLease } from '../../src/core/lease-keeper.js';
import { BID } from '../support/bid.js';
import { VirtualClock } from './virtual-clock.js';

const LENGTH = 30_000;
const RUN: Run = {
  ...BID,
  lease: LENGTH,
  rank: 1,
  attempt: 1,
  turn: 1,
  fence: 7,
  startedAt: 1,
};

let clock: VirtualClock;
let answers: (() => Promise<Renewal>)[];
let asked: number[];
let lost: number[];
let restated: number;

beforeEach(() => {
  clock = new VirtualClock();
  answers = [];
  asked = [];
  lost = [];
  restated = 0;
});

const held = async () => 'held' as const;
const foreign = async () => 'lost' as const;
const broken = async () => Promise.reject(new Error('no connection'));
const silent = () => new Promise<never>(() => {});

/** A store of which only the renewal is asked. */
const store: ClaimStore = {
  claim: silent,
  takeOver: silent,
  retry: silent,
  finish: silent,
  noteUnlocked: silent,
  nextEvent: silent,
  reach: silent,
  close: () => {},
  renew() {
    asked.push(clock.monotonic());
    return (answers.shift() ?? held)();
  },
};
const keep = (reserve = 0) =>
  keepLease({
    store,
    clock,
    run: RUN,
    heldFrom: 0,
    reserve,
    onLost: () => lost.push(clock.monotonic()),
    onRestated: () => restated++,
  });

test('a lease is renewed every third of it until it is given up', async () => {
  const keeper = keep();
  await clock.pass(35_000);
  expect(asked).toEqual([10_000, 20_000, 30_000]);
  keeper.stop();
  await clock.pass(100_000);
  expect(asked).toHaveLength(3);
  expect([lost, clock.waiting]).toEqual([[], 0]);
});

test('a renewal that fails is tried again until the lease ends, which is told once', async () => {
  answers = Array.from({ length: 100 }, () => broken);
  keep();
  await clock.pass(60_000);
  expect(asked.length).toBeGreaterThan(10);
  expect(Math.max(...asked)).toBeLessThan(LENGTH);
  expect([lost, clock.waiting]).toEqual([[LENGTH], 0]);
});

test('one failure in between does no harm', async () => {
  answers = [broken, held];
  keep();
  await clock.pass(12_000);
  expect(asked).toEqual([10_000, 11_000]);
  expect(lost).toEqual([]);
});

test('a lease that is somebody else’s is lost at once', async () => {
  answers = [held, foreign];
  keep();
  await clock.pass(60_000);
  expect([asked, lost]).toEqual([[10_000, 20_000], [20_000]]);
});

test('validity counts from before the request was sent', async () => {
  let answer = (_: Renewal) => {};
  answers = [
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    ...Array.from({ length: 100 }, () => broken),
  ];
  keep();
  await clock.pass(14_000);
  answer('held');
  await clock.pass(60_000);
  // Sent at 10 s, so that it ends at 40 s, although the answer came at 14 s.
  expect(lost).toEqual([40_000]);
});

test('who was suspended beyond the lease notices on resuming, without asking', async () => {
  keep();
  clock.suspend(45_000);
  await clock.pass(1);
  expect([asked, lost]).toEqual([[], [45_000]]);
});

test('who was suspended for less asks at once', async () => {
  keep();
  clock.suspend(25_000);
  await clock.pass(1);
  expect([asked, lost]).toEqual([[25_000], []]);
});

test('what ending the job takes is kept in reserve', async () => {
  answers = Array.from({ length: 100 }, () => broken);
  keep(10_000);
  await clock.pass(60_000);
  expect(lost).toEqual([LENGTH - 10_000]);
});

test('a store that had forgotten the run is told of it, and that is said', async () => {
  answers = [async () => 'restated'];
  keep();
  await clock.pass(12_000);
  expect([restated, lost]).toEqual([1, []]);
});

test('the next attempt goes on with a lease of its own', async () => {
  const keeper = keep();
  await clock.pass(8_000);
  keeper.follow({ ...RUN, attempt: 2, fence: 8 }, 8_000);
  answers = Array.from({ length: 100 }, () => broken);
  await clock.pass(60_000);
  expect(lost).toEqual([38_000]);
});

test('nothing is told after it was given up, whatever is answered then', async () => {
  let answer = (_: Renewal) => {};
  answers = [
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  ];
  const keeper = keep();
  await clock.pass(10_500);
  keeper.stop();
  answer('lost');
  await clock.pass(60_000);
  expect([lost, clock.waiting]).toEqual([[], 0]);
});
