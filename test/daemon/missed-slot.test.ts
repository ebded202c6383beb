import { expect, test } from 'vitest';
import { missedSlot } from '../../src/daemon/missed-slot.js';
import { firedJobs } from './jobs.js';

const HOUR = 3_600_000;
const hourly = firedJobs().job('hourly', HOUR);

test.each([
  ['the last slot, whatever its age within the window', 3.9 * HOUR, HOUR, undefined, 3 * HOUR],
  ['not one that is older than the window', 3.9 * HOUR, HOUR / 2, undefined, undefined],
  ['not one that was asked for', 3.9 * HOUR, HOUR, 3 * HOUR, undefined],
  ['one after the last that was asked for', 3.9 * HOUR, HOUR, 2 * HOUR, 3 * HOUR],
  ['the very instant', 3 * HOUR, 1, undefined, 3 * HOUR],
])('%s', (_, now, window, asked, expected) => {
  expect(missedSlot(hourly, now, window, asked)).toBe(expected);
});

test('nothing of a schedule that has not begun', () => {
  const schedule = { atOrBefore: () => undefined, after: () => undefined };
  expect(missedSlot({ ...hourly, schedule }, HOUR, HOUR, undefined)).toBeUndefined();
});
