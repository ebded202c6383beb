import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Effect, nextChanges, reportChange } from '../../src/schedule/clock-changes.js';
import { parseCron } from '../../src/schedule/cron.js';
import { cronEntries } from './expressions.js';

const HOUR = 3_600_000;
const YEAR = Date.UTC(2027, 0, 1);

const time = (instant: number) => new Date(instant).toISOString().slice(0, 16);

describe('the next clock changes', () => {
  test.each([
    ['America/New_York', ['2027-03-14T07:00', '2027-11-07T06:00']],
    ['Australia/Lord_Howe', ['2027-04-03T15:00', '2027-10-02T15:30']],
    ['Asia/Kathmandu', []],
    ['UTC', []],
  ])('of %s', (name, expected) => {
    const { zone } = parseCron('@daily', name);
    expect(nextChanges(zone, YEAR, 2).map(({ at }) => time(at))).toEqual(expected);
  });

  test('begin after the instant', () => {
    const { zone } = parseCron('@daily', 'Europe/London');
    const [first] = nextChanges(zone, YEAR, 1);
    if (first === undefined) throw new Error('there is none');
    expect(nextChanges(zone, first.at - 1, 1)).toEqual([first]);
    expect(nextChanges(zone, first.at, 1)).not.toEqual([first]);
  });
});

describe('what they do', () => {
  test.each<[string, string, Effect, string[], string[]]>([
    ['30 2 * * *', 'spring', 'moved', ['02:30'], ['2027-03-14T07:00']],
    ['0,30 2 * * *', 'spring', 'moved', ['02:00', '02:30'], ['2027-03-14T07:00']],
    ['0 3 * * *', 'spring', 'none', [], []],
    ['30 2 15 * *', 'spring', 'none', [], []],
    ['30 * * * *', 'spring', 'lost', ['02:30'], []],
    ['*/30 2 * * *', 'spring', 'lost', ['02:00', '02:30'], []],
    ['30 1 * * *', 'autumn', 'once', ['01:30'], ['2027-11-07T05:30']],
    ['0 2 * * *', 'autumn', 'none', [], []],
    ['30 * * * *', 'autumn', 'twice', ['01:30'], ['2027-11-07T05:30', '2027-11-07T06:30']],
  ])('%s in %s: %s', (expression, season, effect, times, slots) => {
    const schedule = parseCron(expression, 'America/New_York');
    const change = nextChanges(schedule.zone, YEAR, 2)[season === 'spring' ? 0 : 1];
    if (change === undefined) throw new Error('there is no such change');
    const report = reportChange(schedule, change);
    expect(report.effect).toBe(effect);
    expect(report.walls.map((wall) => time(wall).slice(11))).toEqual(times);
    expect(report.slots.map(time)).toEqual(slots);
  });

  test('a change of more than three hours is a correction of the clock', () => {
    const schedule = parseCron('0 12 * * *', 'Pacific/Apia');
    const [change] = nextChanges(schedule.zone, Date.UTC(2011, 11, 1), 1);
    if (change === undefined) throw new Error('there is no such change');
    expect(reportChange(schedule, change)).toMatchObject({
      effect: 'lost',
      walls: [Date.UTC(2011, 11, 30, 12)],
    });
  });

  test('is what the schedule then does', () => {
    const zones = fc.constantFrom('America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca');
    fc.assert(
      fc.property(cronEntries(), zones, ({ text }, zone) => {
        const schedule = parseCron(text, zone);
        for (const change of nextChanges(schedule.zone, YEAR, 2)) {
          const { slots, last, next, effect } = reportChange(schedule, change);
          for (const slot of slots) expect(schedule.atOrBefore(slot)).toBe(slot);
          expect(last ?? Number.NaN).toBeLessThan(change.at);
          expect(next ?? Number.NaN).toBeGreaterThanOrEqual(change.at);
          const span = Math.abs(change.after - change.before);
          const near = allBetween(schedule, change.at - HOUR, change.at + HOUR);
          if (effect === 'moved') expect(near).toContain(change.at);
          if (effect === 'once')
            expect(near.filter((at) => at >= change.at && at < change.at + span)).toEqual([]);
          if (effect === 'twice') expect(near).toEqual(expect.arrayContaining([...slots]));
        }
      }),
      { numRuns: 150 },
    );
  });
});

function allBetween(schedule: ReturnType<typeof parseCron>, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = schedule.after(from - 1); at !== undefined && at < to; at = schedule.after(at)) {
    found.push(at);
  }
  return found;
}
