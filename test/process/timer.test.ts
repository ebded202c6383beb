import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { after } from '../../src/process/timer.js';

const DAY = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test.each([1, 24 * DAY, 25 * DAY, 60 * DAY])('%i ms are waited for to the end, and once', (ms) => {
  const run = vi.fn();
  after(ms, run);
  vi.advanceTimersByTime(ms - 1);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  vi.advanceTimersByTime(60 * DAY);
  expect(run).toHaveBeenCalledTimes(1);
});

test('what is cancelled does not come, however late that is', () => {
  const cancel = after(60 * DAY, () => expect.unreachable());
  vi.advanceTimersByTime(30 * DAY);
  cancel();
  vi.advanceTimersByTime(60 * DAY);
});

test('nothing to wait for is still not at once', () => {
  const run = vi.fn();
  after(0, run);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(run).toHaveBeenCalledTimes(1);
});
