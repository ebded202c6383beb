import { afterEach, expect, test } from 'vitest';
import { Beat } from '../../src/daemon/beat.js';
import type { Firing } from '../../src/daemon/job.js';
import { untilAtLeast } from '../support/until.js';

const SILENT = { info() {}, warn() {}, error() {}, debug() {} };
const LOST: Firing = { elected: Promise.resolve(false), ended: Promise.resolve('answered') };
const WON: Firing = { elected: Promise.resolve(true), ended: Promise.resolve('answered') };
const PENDING: Firing = { elected: new Promise(() => {}), ended: new Promise(() => {}) };

let beat: Beat | undefined;
afterEach(() => beat?.stop());

function beating(tick: (instant: number) => readonly Firing[]): void {
  beat = new Beat({ grain: 'second', tick, missed: () => {}, logger: SILENT });
  beat.start();
}

test('ticks carry their own instant, one after the other, each once', async () => {
  const instants: number[] = [];
  beating((instant) => {
    instants.push(instant);
    return [];
  });
  await untilAtLeast(3, () => instants.length);
  const [first = 0] = instants;
  expect(first % 1_000).toBe(0);
  expect(instants).toEqual(instants.map((_, index) => first + index * 1_000));
});

test('neither losers nor those that never decide hold up the next tick', async () => {
  let ticks = 0;
  beating(() => {
    ticks += 1;
    return [LOST, PENDING, WON];
  });
  await untilAtLeast(3, () => ticks);
});

test('what throws in a tick is told to the logger, and the next tick comes', async () => {
  let ticks = 0;
  const errors: unknown[] = [];
  beat = new Beat({
    grain: 'second',
    tick() {
      ticks += 1;
      throw new Error('broken');
    },
    missed: () => {},
    logger: { ...SILENT, error: (...words: unknown[]) => errors.push(words) },
  });
  beat.start();
  await untilAtLeast(2, () => ticks);
  expect(JSON.stringify(errors[0])).toContain('fail-closed');
});

test('a stopped beat is silent', async () => {
  let ticks = 0;
  beating(() => {
    ticks += 1;
    return [];
  });
  await untilAtLeast(1, () => ticks);
  beat?.stop();
  const before = ticks;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(ticks).toBe(before);
});
