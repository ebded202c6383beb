import { expect, test } from 'vitest';
import { readTickKey, tickKey } from '../../../src/library/node-cron/tick-key.js';

test.each(['nightly', 'a:b', 'nightly:2026-11-23T03:00:00.000Z', 'é {x}', '\n'])(
  'a task called %j is read back',
  (name) => {
    const date = new Date('2026-11-23T03:00:01.000Z');
    expect(readTickKey(tickKey(name, date))).toEqual({ name, at: date.getTime() });
  },
);

test.each([
  '',
  'nightly',
  ':2026-11-23T03:00:00.000Z',
  'a:2026-11-23T03:00:00Z',
  'a:2026-13-23T03:00:00.000Z',
])('%j is refused', (key) => {
  expect(() => readTickKey(key)).toThrow('is not the name of a task and its tick');
});
