import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import { checkJitter, spread } from '../../src/core/jitter.js';
import { NEVER, StopSwitch } from '../../src/core/stop.js';
import { VirtualClock } from './virtual-clock.js';

let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
});

/** When the wait is over, ms of the virtual clock. */
async function waited(jitter: number, chance: number, stop = NEVER): Promise<number> {
  const random = () => chance;
  const over = spread(Object.assign(clock, { random }), jitter, stop).then(() => clock.monotonic());
  await clock.pass(jitter);
  return over;
}

test.each([
  [0, 0],
  [0.25, 2_500],
  [0.999, 9_990],
])('a chance of %f of ten seconds is %i ms', async (chance, ms) => {
  expect(await waited(10_000, chance)).toBe(ms);
});

test('none is no wait at all', async () => {
  await spread(clock, 0, NEVER);
  expect(clock.waiting).toBe(0);
});

test('ends when it is told to stop, and leaves no timer', async () => {
  const stop = new StopSwitch();
  clock.after(100, () => stop.request());
  expect(await waited(10_000, 0.5, stop)).toBe(100);
  expect(clock.waiting).toBe(0);
});

describe('a jitter', () => {
  const slot = { id: '2026-11-23T03:00:00Z', due: { at: 1, early: 0, late: 60_000 } };

  test('must be shorter than a claim is taken', () => {
    checkJitter(59_999, slot, '--jitter');
    expect(() => checkJitter(60_000, slot, '--jitter')).toThrow(
      new Failure(
        'usage',
        '--jitter: 1m is too long; 2026-11-23T03:00:00Z is claimed no later than 1m after it, so give less',
      ),
    );
  });

  test('may be any where the slot is not compared in time', () => {
    checkJitter(3_600_000, { id: 'by-hand' }, '--jitter');
  });
});
