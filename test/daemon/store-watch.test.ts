import { beforeEach, expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import { StopSwitch } from '../../src/core/stop.js';
import { StoreWatch } from '../../src/daemon/store-watch.js';
import { VirtualClock } from '../core/virtual-clock.js';

const MINUTE = 60_000;
let clock: VirtualClock;
let isThere: boolean;
let looks: number[];
let told: string[];
let stop: StopSwitch;
let watch: StoreWatch;

beforeEach(() => {
  clock = new VirtualClock();
  isThere = true;
  looks = [];
  told = [];
  stop = new StopSwitch();
  watch = new StoreWatch({
    async reach() {
      looks.push(clock.monotonic());
      if (!isThere) throw new Failure('unavailable', 'gone');
    },
    clock,
    stop,
    away: (because) => told.push(`away: ${because instanceof Error ? because.message : because}`),
    back: () => told.push('back'),
  });
  void watch.watch();
});

test('a store that is there is looked at twice a minute, and not spoken of', async () => {
  await clock.pass(10 * MINUTE);
  expect(looks).toHaveLength(21);
  expect(told).toEqual([]);
});

test('an outage is told once, at its beginning and at its end', async () => {
  await clock.pass(MINUTE);
  isThere = false;
  await clock.pass(5 * MINUTE);
  expect(told).toEqual(['away: gone']);
  isThere = true;
  await clock.pass(10_000);
  expect(told).toEqual(['away: gone', 'back']);
});

test('a store that is away is asked less and less often, but every ten seconds at least', async () => {
  isThere = false;
  await clock.pass(MINUTE);
  looks = [];
  await clock.pass(MINUTE);
  expect(looks.length).toBeGreaterThanOrEqual(6);
  expect(looks.length).toBeLessThanOrEqual(12);
});

test('a question of somebody else that was not answered begins the outage at once', async () => {
  await clock.pass(1_000);
  isThere = false;
  watch.missed(new Error('no answer'));
  expect(told).toEqual(['away: no answer']);
  isThere = true;
  await clock.pass(1);
  expect(told).toEqual(['away: no answer', 'back']);
});

test('told to stop it looks no more, and says nothing of what it finds then', async () => {
  isThere = false;
  stop.request();
  await clock.pass(MINUTE);
  expect(looks).toHaveLength(1);
  expect(clock.waiting).toBe(0);
});
