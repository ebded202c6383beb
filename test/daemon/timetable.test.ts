import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Timetable } from '../../src/daemon/timetable.js';
import { firedJobs } from './jobs.js';

const MINUTE = 60_000;
const { job } = firedJobs();
const keysDueAt = (timetable: Timetable, instant: number) =>
  timetable.dueAt(instant).map(({ key }) => key);

test('a job is due at its slots and at no other instant', () => {
  const timetable = new Timetable([job('two', 2 * MINUTE), job('three', 3 * MINUTE)], 0);
  const due = [1, 2, 3, 4, 5, 6].map((minute) => keysDueAt(timetable, minute * MINUTE));
  expect(due).toEqual([[], ['two'], ['three'], ['two'], [], ['two', 'three']]);
});

test('the instant that it begins at is past', () => {
  const timetable = new Timetable([job('one', MINUTE)], 5 * MINUTE);
  expect(keysDueAt(timetable, 5 * MINUTE)).toEqual([]);
  expect(keysDueAt(timetable, 6 * MINUTE)).toEqual(['one']);
});

test('a slot that was passed over is not due later, and the next one is', () => {
  const timetable = new Timetable([job('five', 5 * MINUTE)], 0);
  expect(keysDueAt(timetable, 7 * MINUTE)).toEqual([]);
  expect(keysDueAt(timetable, 10 * MINUTE)).toEqual(['five']);
});

test('a schedule that ends is due no more', () => {
  const ending = {
    atOrBefore: () => MINUTE,
    after: (at: number) => (at < MINUTE ? MINUTE : undefined),
  };
  const timetable = new Timetable([job('once', ending)], 0);
  expect(keysDueAt(timetable, MINUTE)).toEqual(['once']);
  expect(keysDueAt(timetable, 2 * MINUTE)).toEqual([]);
});

test('whenever it plans, every job is due exactly at its slots', () => {
  const periods = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  const ticks = fc.array(fc.record({ pass: fc.integer({ min: 1, max: 4 }), plans: fc.boolean() }));
  fc.assert(
    fc.property(periods, ticks, (minutes, steps) => {
      const jobs = minutes.map((period, index) => job(String(index), period * MINUTE));
      const timetable = new Timetable(jobs, 0);
      let now = 0;
      for (const { pass, plans } of steps) {
        now += pass * MINUTE;
        const expected = jobs.filter(({ schedule }) => schedule.atOrBefore(now) === now);
        expect(timetable.dueAt(now)).toEqual(expected);
        if (plans) timetable.plan();
      }
    }),
  );
});
