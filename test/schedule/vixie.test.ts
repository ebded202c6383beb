import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../src/core/slot.js';
import { createCalendar } from '../../src/schedule/calendar.js';
import { parseCron } from '../../src/schedule/cron.js';
import { parseFields } from '../../src/schedule/fields.js';
import { vixieSchedule } from '../../src/schedule/vixie.js';
import type { Zone } from '../../src/schedule/zone.js';
import { type ModelEntry, modelZone, runsOf, steps } from './cron-model.js';
import { cronEntries } from './expressions.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const FROM = Date.UTC(2005, 0, 1);
const TO = Date.UTC(2039, 0, 1);
/** Each way from the middle of a stretch. */
const LONGEST = 201 * DAY;

const ZONES = [
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'UTC',
  'America/St_Johns',
  'Asia/Kathmandu',
  'America/Havana',
  'Antarctica/Troll',
  'Antarctica/Casey',
  'Pacific/Apia',
];

interface Stretch {
  readonly entry: ModelEntry;
  readonly from: number;
  readonly to: number;
}

/** A stretch of time that suits the entry, by chance or with a change of the clock in it. */
function stretches(changes: readonly number[]): fc.Arbitrary<Stretch> {
  const anywhere = fc.integer({ min: FROM, max: TO });
  const atChange = changes.length === 0 ? anywhere : fc.constantFrom(...changes);
  const middles = fc.oneof({ weight: 3, arbitrary: atChange }, anywhere);
  const offsets = fc.double({ min: -0.9, max: 0.9, noNaN: true });
  return fc.tuple(cronEntries(), middles, offsets).map(([entry, middle, offset]) => {
    const half = reach(entry);
    const from = Math.floor(middle + Math.min(half, 2 * DAY) * offset - half);
    return { entry, from, to: from + 2 * half };
  });
}

/** Moments of a stretch, from its start (-1) to its end (1). */
const MOMENTS = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
  minLength: 5,
  maxLength: 5,
});

/** So long on each side that there are slots on both and not too many. */
function reach(entry: ModelEntry): number {
  const perDay = entry.minute.size * entry.hour.size * entry.second.size;
  if (perDay > 2_000) return DAY / 8;
  return (perDay > 20 ? 2 : entry.month.size < 6 ? 200 : 40) * DAY;
}

function expectRuns(
  schedule: Schedule,
  runs: readonly number[],
  from: number,
  to: number,
  moments: readonly number[],
): void {
  const found: number[] = [];
  for (let at = schedule.after(from - 1); at !== undefined && at < to; at = schedule.after(at)) {
    found.push(at);
  }
  expect(found.map(iso)).toEqual(runs.map(iso));

  for (const moment of moments) {
    const now = Math.min(to - 1, Math.floor((from + to) / 2 + (moment * (to - from)) / 2));
    const previous = runs.findLast((at) => at <= now);
    const next = runs.find((at) => at > now);
    if (previous !== undefined) expect(iso(schedule.atOrBefore(now))).toBe(iso(previous));
    if (next !== undefined) expect(iso(schedule.after(now))).toBe(iso(next));
  }
}

function iso(at: number | undefined): string {
  return at === undefined ? 'none' : new Date(at).toISOString();
}

function expectCronIn(name: string, timezone: string | undefined): void {
  const zone = modelZone(name, FROM - LONGEST, TO + LONGEST);
  fc.assert(
    fc.property(stretches(zone.changes), MOMENTS, ({ entry, from, to }, moments) => {
      const runs = runsOf(entry, zone, from, to);
      expectRuns(parseCron(entry.text, timezone), runs, from, to, moments);
    }),
    { numRuns: 40 },
  );
}

describe("a schedule is what Debian's cron makes of it, over the years and clock changes", () => {
  test.each(ZONES)('in %s', (name) => expectCronIn(name, name));

  test("in the node's own zone", () => {
    expectCronIn(new Intl.DateTimeFormat().resolvedOptions().timeZone, undefined);
  });
});

/** A clock that shows 02:00 on 15 June 2026 when it is changed by `jump` minutes, and what it does. */
function changedClock(jump: number, offset = 0) {
  const changed = Date.UTC(2026, 5, 15, 2) - offset * MINUTE;
  const model = steps([
    { at: 0, offset },
    { at: changed / MINUTE, offset: offset + jump },
  ]);
  const zone: Zone = { offsetAt: (at) => model(Math.floor(at / MINUTE)) * MINUTE };
  const scheduleOf = (expression: string) => {
    const fields = parseFields(expression, 'x');
    return vixieSchedule(createCalendar(fields), zone, fields.wildcard);
  };
  return { changed, model, scheduleOf };
}

describe('a clock that is changed by any number of minutes', () => {
  const sizes = [1, 3, 4, 5, 6, 15, 30, 60, 120, 177, 178, 179, 180, 181, 182, 240, 1440];
  const jumps = fc.constantFrom(...sizes.flatMap((size) => [size, -size]));
  const offsets = fc.integer({ min: -720, max: 720 });

  test("is followed as Debian's cron follows it", () => {
    fc.assert(
      fc.property(cronEntries(), jumps, offsets, MOMENTS, (entry, jump, offset, moments) => {
        const { changed, model, scheduleOf } = changedClock(jump, offset);
        const half = Math.min(reach(entry), 2 * DAY);
        const [from, to] = [changed - half, changed + half];
        expectRuns(scheduleOf(entry.text), runsOf(entry, model, from, to), from, to, moments);
      }),
      { numRuns: 400 },
    );
  });

  test.each<[string, number, string]>([
    ['a star catches up with 4 minutes', 4, '2 * * * *'],
    ['a star loses 5 minutes', 5, '2 * * * *'],
    ['a fixed time in 179 minutes is made up', 179, '30 2 * * *'],
    ['a fixed time in 180 minutes is lost', 180, '30 2 * * *'],
    ['a fixed time in 180 minutes is not repeated', -180, '30 1 * * *'],
    ['a fixed time in 181 minutes is repeated', -181, '30 1 * * *'],
  ])('%s', (_, jump, expression) => {
    const { changed, model, scheduleOf } = changedClock(jump);
    const [minute = '', hour = ''] = expression.split(' ');
    const everything = (size: number, first = 0) =>
      new Set(Array.from({ length: size }, (_value, i) => i + first));
    const entry: ModelEntry = {
      text: expression,
      second: new Set([0]),
      minute: new Set([Number(minute)]),
      hour: hour === '*' ? everything(24) : new Set([Number(hour)]),
      dom: everything(31, 1),
      month: everything(12, 1),
      dow: everything(7),
      minStar: false,
      hourStar: hour === '*',
      domStar: true,
      dowStar: true,
    };
    const [from, to] = [changed - DAY / 2, changed + DAY / 2];
    expectRuns(scheduleOf(expression), runsOf(entry, model, from, to), from, to, []);
  });
});
