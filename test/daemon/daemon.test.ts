import { afterEach, expect, test } from 'vitest';
import { Daemon } from '../../src/daemon/daemon.js';
import type { Ended } from '../../src/daemon/job.js';
import { VirtualClock } from '../core/virtual-clock.js';
import { firedJobs } from './jobs.js';

const MINUTE = 60_000;
const SILENT = { info() {}, warn() {}, error() {}, debug() {} };

let daemon: Daemon | undefined;
afterEach(() => daemon?.stop(0));

/** The wall clock is `offset` before the monotonic one: a year that no real beat belongs to. */
function daemonAt(offset: number, catchUp?: number) {
  const clock = new VirtualClock();
  const wall = { offset };
  const leaps: number[] = [];
  const events = {
    redisAway() {},
    redisBack() {},
    late() {},
    clockLeapt: (ms: number) => leaps.push(ms),
    waitingFor() {},
  };
  daemon = new Daemon({
    reach: async () => {},
    clock,
    now: () => clock.monotonic() + wall.offset,
    catchUp,
    events,
    logger: SILENT,
  });
  return { clock, wall, leaps, daemon };
}

test.each([
  ['just before a slot', 60 * MINUTE - 3_000, 60 * MINUTE],
  ['in the midst of a minute', 60 * MINUTE + 20_000, 60 * MINUTE],
])('a clock that leaps to %s: the slot of its minute is fired', async (_, to, slot) => {
  const { clock, wall, leaps, daemon } = daemonAt(10 * MINUTE + 30_000);
  const { fired, job } = firedJobs();
  daemon.start([job('hourly', 60 * MINUTE), job('daily', 1_440 * MINUTE)], []);
  wall.offset = to;
  await clock.pass(10_000);
  expect(leaps).toHaveLength(1);
  expect(fired).toEqual([{ key: 'hourly', at: slot, why: 'due' }]);
});

test('a clock that is set back fires nothing again', async () => {
  const { clock, wall, leaps, daemon } = daemonAt(60 * MINUTE + 30_000);
  const { fired, job } = firedJobs();
  daemon.start([job('minutely', MINUTE)], []);
  wall.offset = 30 * MINUTE + 10_000;
  await clock.pass(10_000);
  expect(leaps).toHaveLength(1);
  expect(fired).toEqual([]);
});

test.each([
  ['set back', 60 * MINUTE - 5_000],
  ['leaps', 65 * MINUTE],
])('a clock that is %s: no slot is asked for while it is under way', async (_, to) => {
  const { clock, wall, leaps, daemon } = daemonAt(62 * MINUTE + 10_000, 30 * MINUTE);
  let end = (_: Ended) => {};
  const { fired, job } = firedJobs(
    () =>
      new Promise((resolve) => {
        end = resolve;
      }),
  );
  daemon.start([job('hourly', 60 * MINUTE)], []);
  const once = [{ key: 'hourly', at: 60 * MINUTE, why: 'catch-up' }];
  expect(fired).toEqual(once);
  wall.offset = to;
  await clock.pass(10_000);
  expect(leaps).toHaveLength(1);
  expect(fired).toEqual(once);
  end('answered');
});
