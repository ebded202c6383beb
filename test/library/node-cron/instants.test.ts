import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import cron from 'node-cron';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseCron } from '../../../src/schedule/cron.js';
import { cronEntries } from '../../schedule/expressions.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The next instants in UTC, e.g. `2027-03-28T01:00:00Z`. */
const ids = (instants: readonly number[]) =>
  instants.map((instant) => new Date(instant).toISOString().replace('.000Z', 'Z'));

/** node-cron's, after an instant. */
function nodeCrons(expression: string, timezone: string, since: number, count: number): string[] {
  vi.setSystemTime(since);
  const task = cron.createTask(expression, () => {}, { timezone });
  try {
    return ids(task.getNextRuns(count).map((date) => date.getTime()));
  } finally {
    task.destroy();
  }
}

/** Those of the command line. */
function ours(expression: string, timezone: string, since: number, count: number): string[] {
  const schedule = parseCron(expression, timezone);
  const instants: number[] = [];
  for (let at = schedule.after(since); at !== undefined && instants.length < count; ) {
    instants.push(at);
    at = schedule.after(at);
  }
  return ids(instants);
}

test('in UTC the instants are the same, unless both day fields are restricted', () => {
  const simple = cronEntries().filter(({ text }) => {
    const [dayOfWeek, , dayOfMonth] = text.split(' ').reverse();
    return dayOfMonth === '*' || dayOfWeek === '*';
  });
  const year = { min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) };
  fc.assert(
    fc.property(simple, fc.integer(year), ({ text }, since) => {
      // Steps longer than a field are one value to cron and refused by node-cron.
      fc.pre(cron.validate(text));
      expect(nodeCrons(text, 'Etc/UTC', since, 5)).toEqual(ours(text, 'Etc/UTC', since, 5));
    }),
    { numRuns: 200 },
  );
});

describe('the table of docs/node-cron.md is right:', () => {
  const [, table = ''] =
    /<!-- instants -->\n(.*?)<!-- \/instants -->/s.exec(
      readFileSync('docs/node-cron.md', 'utf8'),
    ) ?? [];
  const rows = table
    .split('\n')
    .slice(2)
    .filter((line) => line !== '')
    .map((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));

  test('it has rows', () => {
    expect(rows.length).toBeGreaterThan(4);
  });

  test.each(rows)('%s in %s', (expression = '', zone = '', since = '', ...shown) => {
    const [crons = '', apps = ''] = shown;
    const from = Date.parse(since) - 1;
    const [inCron, inApps] = [crons.split(' '), apps.split(' ')];
    expect(ours(expression, zone, from, inCron.length)).toEqual(inCron);
    expect(nodeCrons(expression, zone, from, inApps.length)).toEqual(inApps);
  });
});
