import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import {
  fixedGrid,
  namedSlot,
  nameSlot,
  type Schedule,
  type Slot,
  slotId,
  type Tolerance,
} from '../../src/core/slot.js';
import { parseCron } from '../../src/schedule/cron.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const at = (time: string) => Date.parse(`${time}Z`);

/** The slot of a schedule in UTC, or in a zone. */
function slotOf(cron: string, now: string, tolerance: Tolerance = {}, zone = 'UTC'): Slot {
  return nameSlot(parseCron(cron, zone), at(now), tolerance);
}

describe('the slot of a schedule', () => {
  test.each([
    ['2026-11-23T03:00:01', '2026-11-23T03:00:00Z'],
    ['2026-11-23T03:00:00', '2026-11-23T03:00:00Z'],
    ['2026-11-23T23:59:59', '2026-11-23T03:00:00Z'],
    ['2026-11-23T02:00:00', '2026-11-22T03:00:00Z'],
  ])('at %s is its last instant', (now, id) => {
    expect(slotOf('0 3 * * *', now).id).toBe(id);
  });

  test('is 30 seconds early at most', () => {
    expect(slotOf('0 3 * * *', '2026-11-23T02:59:29.999').id).toBe('2026-11-22T03:00:00Z');
    expect(slotOf('0 3 * * *', '2026-11-23T02:59:30').id).toBe('2026-11-23T03:00:00Z');
    expect(slotOf('0 3 * * *', '2026-11-23T04:00:00').due?.early).toBe(30 * SECOND);
  });

  test('is early by 10 % of a short interval', () => {
    expect(slotOf('* * * * *', '2026-11-23T03:00:53.999').id).toBe('2026-11-23T03:00:00Z');
    expect(slotOf('* * * * *', '2026-11-23T03:00:54').id).toBe('2026-11-23T03:01:00Z');
    expect(slotOf('*/2 * * * *', '2026-11-23T03:01:48').id).toBe('2026-11-23T03:02:00Z');
  });

  test('is early by the interval that ends, and late by the one that begins', () => {
    // 59 minutes, then one.
    const uneven = '0,1 * * * *';
    expect(slotOf(uneven, '2026-11-23T02:59:35')).toEqual({
      id: '2026-11-23T03:00:00Z',
      due: {
        at: at('2026-11-23T03:00'),
        early: 30 * SECOND,
        late: MINUTE,
        next: at('2026-11-23T03:01'),
      },
    });
    expect(slotOf(uneven, '2026-11-23T03:00:50').id).toBe('2026-11-23T03:00:00Z');
    expect(slotOf(uneven, '2026-11-23T03:00:55')).toEqual({
      id: '2026-11-23T03:01:00Z',
      due: {
        at: at('2026-11-23T03:01'),
        early: 6 * SECOND,
        late: 59 * MINUTE,
        next: at('2026-11-23T04:00'),
      },
    });
  });

  test('is late by the interval, however long the clock makes it', () => {
    const late = (now: string) => slotOf('0 12 * * *', now, {}, 'America/New_York').due?.late;
    expect(late('2027-03-12T20:00:00')).toBe(24 * HOUR);
    expect(late('2027-03-13T20:00:00')).toBe(23 * HOUR);
    expect(late('2027-11-06T20:00:00')).toBe(25 * HOUR);
  });

  test('keeps to the tolerance that is given', () => {
    const given = { early: 2 * MINUTE, late: 5 * MINUTE };
    expect(slotOf('0 3 * * *', '2026-11-23T02:58:00', given)).toEqual({
      id: '2026-11-23T03:00:00Z',
      due: { at: at('2026-11-23T03:00'), ...given, next: at('2026-11-24T03:00') },
    });
    expect(slotOf('0 3 * * *', '2026-11-23T02:57:59', given).id).toBe('2026-11-22T03:00:00Z');
    expect(slotOf('* * * * *', '2026-11-23T03:00:30', given).id).toBe('2026-11-23T03:02:00Z');
    expect(slotOf('0 3 * * *', '2026-11-23T02:59:59.999', { early: 0 }).id).toBe(
      '2026-11-22T03:00:00Z',
    );
  });

  test('in the hour that comes twice has two names for a job with a star, and one without', () => {
    const zone = 'America/New_York';
    expect(slotOf('*/30 * * * *', '2027-11-07T05:30:02', {}, zone).id).toBe('2027-11-07T05:30:00Z');
    expect(slotOf('*/30 * * * *', '2027-11-07T06:30:02', {}, zone).id).toBe('2027-11-07T06:30:00Z');
    expect(slotOf('30 1 * * *', '2027-11-07T05:30:02', {}, zone).id).toBe('2027-11-07T05:30:00Z');
    expect(slotOf('30 1 * * *', '2027-11-07T06:30:02', {}, zone).id).toBe('2027-11-07T05:30:00Z');
  });

  test('does not exist before the first instant', () => {
    const never: Schedule = { atOrBefore: () => undefined, after: () => undefined };
    expect(() => nameSlot(never, 0)).toThrow(Failure);
    const later: Schedule = {
      atOrBefore: (now) => (now >= HOUR ? HOUR : undefined),
      after: (now) => (now < HOUR ? HOUR : undefined),
    };
    expect(() => nameSlot(later, HOUR - 30_001)).toThrow(/no slot at or before now/);
    expect(nameSlot(later, HOUR - 30_000).due).toEqual({
      at: HOUR,
      early: 30_000,
      late: 24 * HOUR,
    });
  });
});

describe('a fixed grid', () => {
  test('begins at the epoch, so that all nodes agree', () => {
    const slot = (now: string) => nameSlot(fixedGrid(15 * MINUTE), at(now));
    expect(slot('2026-11-23T03:14:29').id).toBe('2026-11-23T03:00:00Z');
    expect(slot('2026-11-23T03:14:30').id).toBe('2026-11-23T03:15:00Z');
    expect(slot('2026-11-23T03:16:00').due).toEqual({
      at: at('2026-11-23T03:15'),
      early: 30 * SECOND,
      late: 15 * MINUTE,
      next: at('2026-11-23T03:30'),
    });
  });

  test('names the current minute, which is all that cron knows', () => {
    expect(nameSlot(fixedGrid(MINUTE), at('2026-11-23T03:00:02')).id).toBe('2026-11-23T03:00:00Z');
  });

  test('has one instant in every period', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 * HOUR }), fc.nat(2 ** 42), (period, now) => {
        const grid = fixedGrid(period);
        const previous = grid.atOrBefore(now) ?? Number.NaN;
        expect(previous % period).toBe(0);
        expect(previous).toBeLessThanOrEqual(now);
        expect(grid.after(now)).toBe(previous + period);
        expect(grid.atOrBefore(previous)).toBe(previous);
      }),
    );
  });
});

test('nodes whose clocks differ by less than the tolerance name the same slot', () => {
  const schedules = fc.constantFrom('* * * * *', '*/15 * * * *', '0 3 * * *', '0,1 * * * *');
  const days = fc.nat(20_000);
  fc.assert(
    fc.property(schedules, days, fc.double({ min: 0, max: 1, noNaN: true }), (cron, day, skew) => {
      const schedule = parseCron(cron, 'UTC');
      const slot = schedule.after(day * 24 * HOUR) ?? Number.NaN;
      const interval = slot - (schedule.atOrBefore(slot - 1) ?? Number.NaN);
      const early = Math.min(30 * SECOND, interval / 10);
      const ahead = nameSlot(schedule, slot - Math.floor(skew * early));
      const behind = nameSlot(schedule, slot + Math.floor(skew * MINUTE * 0.9) - 1);
      expect(ahead.id).toBe(slotId(slot));
      expect(behind.id).toBe(slotId(slot));
    }),
  );
});

describe('the id of a slot', () => {
  test('is the instant in UTC, as short as it can be', () => {
    expect(slotId(at('2026-11-23T03:00:00'))).toBe('2026-11-23T03:00:00Z');
    expect(slotId(at('2026-11-23T03:00:00.250'))).toBe('2026-11-23T03:00:00.250Z');
  });

  test.each(['rerun-1', '2026-11-23T03:00:00Z', 'build#17', 'a', 'x'.repeat(128), '%$&/()=!"\''])(
    'may be given by hand: %s',
    (id) => expect(namedSlot(id)).toEqual({ id }),
  );

  test.each([
    '',
    ' ',
    'a b',
    'a\nb',
    'ä',
    '{x}',
    'a*',
    'a?',
    '[a]',
    'a\\b',
    'x'.repeat(129),
    '\u0000',
  ])('is refused when it could not stand in a key: %j', (id) => {
    expect(() => namedSlot(id)).toThrow(/^--slot: ".*" is not a slot id; allowed are 1 to 128/);
  });
});
