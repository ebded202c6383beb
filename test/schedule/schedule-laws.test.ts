import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CronSchedule, parseCron } from '../../src/schedule/cron.js';
import { hasSeconds } from '../../src/schedule/fields.js';
import { cronEntries } from './expressions.js';

const instants = fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2100, 0, 1) });
const zones = fc.constantFrom(
  undefined,
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Pacific/Apia',
);
const schedules = fc
  .tuple(cronEntries(), zones)
  .map(([entry, zone]) => [parseCron(entry.text, zone), `${entry.text} in ${zone}`] as const);

function check(law: (schedule: CronSchedule, instant: number) => void): void {
  fc.assert(
    fc.property(schedules, instants, ([schedule], instant) => law(schedule, instant)),
    { numRuns: 300 },
  );
}

describe('looking forward and looking back', () => {
  test('find each other: nothing lies between the last slot and the next', () => {
    check((schedule, instant) => {
      const previous = schedule.atOrBefore(instant) ?? Number.NaN;
      const next = schedule.after(instant) ?? Number.NaN;
      expect(previous).toBeLessThanOrEqual(instant);
      expect(next).toBeGreaterThan(instant);
      expect(schedule.after(previous)).toBe(next);
      expect(schedule.atOrBefore(next - 1)).toBe(previous);
    });
  });

  test('a slot is its own', () => {
    check((schedule, instant) => {
      const next = schedule.after(instant) ?? Number.NaN;
      expect(schedule.atOrBefore(next)).toBe(next);
      expect(schedule.after(next - 1)).toBe(next);
      expect(schedule.after(next)).toBeGreaterThan(next);
    });
  });

  test('never turn round: a later instant has no earlier slot', () => {
    fc.assert(
      fc.property(schedules, instants, fc.nat(10 * 86_400_000), ([schedule], instant, later) => {
        const at = (found: number | undefined) => found ?? Number.NaN;
        expect(at(schedule.atOrBefore(instant + later))).toBeGreaterThanOrEqual(
          at(schedule.atOrBefore(instant)),
        );
        expect(at(schedule.after(instant + later))).toBeGreaterThanOrEqual(
          at(schedule.after(instant)),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('give the same answer however often they are asked', () => {
    check((schedule, instant) => {
      const first = [schedule.after(instant), schedule.atOrBefore(instant)];
      schedule.after(instant + 1e9);
      schedule.atOrBefore(instant - 1e9);
      expect([schedule.after(instant), schedule.atOrBefore(instant)]).toEqual(first);
    });
  });

  test('slots lie on whole minutes, or on whole seconds where a schedule has seconds', () => {
    check((schedule, instant) => {
      const grain = hasSeconds(schedule.fields) ? 1_000 : 60_000;
      expect((schedule.after(instant) ?? Number.NaN) % grain).toBe(0);
    });
  });
});

describe('a rare slot is found, and at once', () => {
  test.each([
    ['0 0 29 2 *', '2096-02-29T00:00', '2104-02-29T00:00'],
    ['0 0 29 2 */7', '2088-02-29T00:00', '2128-02-29T00:00'],
    ['59 23 31 12 *', '2099-12-31T23:59', '2100-12-31T23:59'],
  ])('%s, from summer 2100', (expression, previous, next) => {
    const now = Date.UTC(2100, 6, 1);
    for (const timezone of ['UTC', 'Asia/Kathmandu', 'America/New_York', undefined]) {
      const started = performance.now();
      const schedule = parseCron(expression, timezone);
      const wall = (at = Number.NaN) => new Date(at + schedule.zone.offsetAt(at)).toISOString();
      expect(wall(schedule.atOrBefore(now)).slice(0, 16)).toBe(previous);
      expect(wall(schedule.after(now)).slice(0, 16)).toBe(next);
      expect(performance.now() - started).toBeLessThan(250);
    }
  });

  test('the calendar ends somewhere', () => {
    const schedule = parseCron('@yearly', 'America/New_York');
    expect(schedule.after(Date.UTC(10_000, 0, 1))).toBeUndefined();
    expect(schedule.atOrBefore(Date.UTC(-1, 0, 1))).toBeUndefined();
  });
});

test('a clock that was changed by odd seconds is no trap', () => {
  // Liberia, 7 January 1972: 44 minutes and 30 seconds forward.
  for (const expression of ['* * * * *', '30 0 * * *', '15 0 * * *']) {
    const schedule = parseCron(expression, 'Africa/Monrovia');
    let at = Date.UTC(1972, 0, 6, 12);
    for (let i = 0; i < 2_000 && at < Date.UTC(1972, 0, 8, 12); i++) {
      const next = schedule.after(at) ?? Number.NaN;
      expect(next).toBeGreaterThan(at);
      expect(schedule.atOrBefore(next)).toBe(next);
      at = next;
    }
  }
});
