import { beforeEach, expect, test } from 'vitest';
import { watchClock } from '../../src/daemon/clock-watch.js';
import { VirtualClock } from '../core/virtual-clock.js';

let clock: VirtualClock;
let offset: number;
let leaps: number[];
let end: () => void;

beforeEach(() => {
  clock = new VirtualClock();
  offset = 1_000_000;
  leaps = [];
  end = watchClock(
    clock,
    () => clock.monotonic() + offset,
    (ms) => leaps.push(ms),
  );
});

test('a clock that goes evenly is nothing to tell of', async () => {
  await clock.pass(3_600_000);
  expect(leaps).toEqual([]);
});

test.each([7_200_000, -7_200_000, 60_000])('a leap of %i ms is told once', async (ms) => {
  await clock.pass(30_000);
  offset += ms;
  await clock.pass(60_000);
  expect(leaps).toEqual([ms]);
});

test('a small step is left to node-cron, and so are many of them', async () => {
  for (let step = 0; step < 20; step++) {
    offset += 59_000;
    await clock.pass(10_000);
  }
  expect(leaps).toEqual([]);
});

test('an ended watch waits for nothing', async () => {
  end();
  expect(clock.waiting).toBe(0);
});
