import { describe, expect, test } from 'vitest';
import type { SlotsReport } from '../../src/cli/commands/slots/report.js';
import { scheduleInWords } from '../../src/cli/commands/slots/schedule-words.js';
import type { Io } from '../../src/cli/io.js';
import { main } from '../../src/cli/main.js';
import { parseFields } from '../../src/schedule/fields.js';
import { cli } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

const NOW = Date.parse('2026-11-23T15:30:00Z');

/** `redlock-run slots …` at a fixed time. */
async function slots(...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const unused = () => {
    throw new Error('slots has no business with this');
  };
  const io: Io = {
    env: {},
    stdin: unused,
    stdout: { isTTY: false, isJournal: false, write: (text) => (stdout += text) },
    stderr: { isTTY: false, isJournal: false, write: (text) => (stderr += text) },
    signals: { pid: 0, on: unused, off: unused, kill: unused },
    now: () => NOW,
    clock: { monotonic: unused, after: unused, random: unused },
    cwd: unused,
    hostname: unused,
    randomId: unused,
  };
  const code = await main(['slots', ...args], io);
  return { code, stdout, stderr };
}

describe('redlock-run slots', () => {
  test('shows the next slots, the schedule in words, and the next clock changes', async () => {
    const { code, stdout, stderr } = await slots('30 2 * * *', '--timezone', 'America/New_York');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`30 2 * * *   in America/New_York
At 02:30, every day.

Next slots
  2026-11-24T07:30:00Z   Tue 24 Nov 2026 02:30 -05:00 (EST)
  2026-11-25T07:30:00Z   Wed 25 Nov 2026 02:30 -05:00 (EST)
  2026-11-26T07:30:00Z   Thu 26 Nov 2026 02:30 -05:00 (EST)
  2026-11-27T07:30:00Z   Fri 27 Nov 2026 02:30 -05:00 (EST)
  2026-11-28T07:30:00Z   Sat 28 Nov 2026 02:30 -05:00 (EST)

Next clock changes
  Sun 14 Mar 2027 02:00 → 03:00   02:30 is skipped: runs at 03:00 instead (slot 2027-03-14T07:00:00Z)
  Sun 07 Nov 2027 02:00 → 01:00   no effect
`);
  });

  test('says the same as one JSON object', async () => {
    const { code, stdout } = await slots('30 1 * * *', '--timezone=Europe/London', '-n1', '--json');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout)).toEqual({
      expression: '30 1 * * *',
      words: 'At 01:30, every day',
      timezone: 'Europe/London',
      timezoneGiven: true,
      slots: [
        { id: '2026-11-24T01:30:00Z', local: '2026-11-24T01:30:00+00:00', abbreviation: 'GMT' },
      ],
      clockChanges: [
        {
          at: '2027-03-28T01:00:00Z',
          from: '2027-03-28T01:00:00+00:00',
          to: '2027-03-28T02:00:00+01:00',
          effect: 'moved',
          times: ['01:30'],
          slots: ['2027-03-28T01:00:00Z'],
          words: '01:30 is skipped: runs at 02:00 instead (slot 2027-03-28T01:00:00Z)',
        },
        {
          at: '2027-10-31T01:00:00Z',
          from: '2027-10-31T02:00:00+01:00',
          to: '2027-10-31T01:00:00+00:00',
          effect: 'once',
          times: ['01:30'],
          slots: ['2027-10-31T00:30:00Z'],
          words: '01:30 comes twice: runs the first time only (slot 2027-10-31T00:30:00Z)',
        },
      ],
    });
  });

  test('shows the seconds of a schedule that has some', async () => {
    const { stdout } = await slots('0,30 59 1 * * *', '--timezone=Europe/London', '-n2');
    expect(stdout).toBe(`0,30 59 1 * * *   in Europe/London
At 0 and 30 seconds past the minute, at 59 minutes past the hour, at 01:00, every day.

Next slots
  2026-11-24T01:59:00Z   Tue 24 Nov 2026 01:59:00 +00:00 (GMT)
  2026-11-24T01:59:30Z   Tue 24 Nov 2026 01:59:30 +00:00 (GMT)

Next clock changes
  Sun 28 Mar 2027 01:00 → 02:00   01:59 and 01:59:30 are skipped: runs once at 02:00 instead (slot 2027-03-28T01:00:00Z)
  Sun 31 Oct 2027 02:00 → 01:00   01:59 and 01:59:30 come twice: runs the first time only (slots 2027-10-31T00:59:00Z and 2027-10-31T00:59:30Z)
`);
  });

  test('shows as many slots as it is told to', async () => {
    const { stdout } = await slots('@hourly', '--timezone', 'UTC', '--count', '1000', '--json');
    const report: SlotsReport = JSON.parse(stdout);
    expect(report.slots).toHaveLength(1000);
    expect(report.slots[0]?.id).toBe('2026-11-23T16:00:00Z');
    expect(report.slots[999]?.id).toBe('2027-01-04T07:00:00Z');
    expect(report.clockChanges).toEqual([]);
  });

  test.each([
    [
      '*/30 2 * * *',
      'America/New_York',
      '02:00 and 02:30 are skipped: the next run is at Mon 15 Mar 2027 02:00, 1d22h30m after the last (slot 2027-03-15T06:00:00Z)',
      'no effect',
    ],
    [
      '30 * * * *',
      'Africa/Casablanca',
      '02:30 comes twice: runs both times (slots 2027-02-07T01:30:00Z and 2027-02-07T02:30:00Z)',
      '02:30 is skipped: the next run is at 03:30, 1h after the last (slot 2027-03-14T02:30:00Z)',
    ],
    [
      '0-59 2 * * *',
      'America/New_York',
      '02:00 to 02:59 (60 times) are skipped: runs once at 03:00 instead (slot 2027-03-14T07:00:00Z)',
      'no effect',
    ],
    [
      '30,45 1 * * *',
      'Australia/Lord_Howe',
      '01:30 and 01:45 come twice: runs the first time only (slots 2027-04-03T14:30:00Z and 2027-04-03T14:45:00Z)',
      'no effect',
    ],
  ])('says what the next changes do to %s in %s', async (expression, timezone, first, second) => {
    const { stdout } = await slots(expression, '--timezone', timezone, '--json');
    const report: SlotsReport = JSON.parse(stdout);
    expect(report.clockChanges.map(({ words }) => words)).toEqual([first, second]);
  });

  test('is in the own zone of the node unless told otherwise, and says so', async () => {
    const { stdout } = await cli(['slots', '@daily'], { env: { TZ: 'Europe/London' } });
    expect(stdout).toContain("@daily   in Europe/London, this node's own zone\n");
    expect(stdout).toMatch(/Next clock changes\n {2}Sun .*no effect\n {2}Sun .*no effect\n$/);
  });

  test.each([['--help'], ['-h'], ['@daily', '--help']])('helps: %s %s', async (...args) => {
    const { code, stdout } = await slots(...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: redlock-run slots 'CRON' .*\nExamples:\n/s);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    expect((await cli(['help', 'slots'])).stdout).toBe(stdout);
  });

  test.each([
    [[], /^slots: the cron expression is missing; redlock-run slots '0 3 \* \* \*'$/],
    [['0', '3', '*', '*', '*'], /^slots: put the cron expression in quotes/],
    [
      ['61 * * * *'],
      /^CRON: "61 \* \* \* \*" is no schedule: minute "61" is not allowed; give 0 to 59/,
    ],
    [['@reboot'], /^CRON: "@reboot" is no schedule: a reboot is no instant/],
    [['@daily', '--timezone', 'Mars/Olympus'], /^--timezone: "Mars\/Olympus" is not a time zone/],
    [['@daily', '--timezone', ''], /^--timezone: "" is not a time zone/],
    [['@daily', '--timezone'], /^slots: --timezone: its value is missing$/],
    [['@daily', '-n', '0'], /^--count: "0" is not allowed; give a whole number from 1 to 1000$/],
    [['@daily', '-n', '1001'], /^--count: "1001" is not allowed/],
    [['@daily', '-n', '1e2'], /^--count: "1e2" is not allowed/],
    [['@daily', '--jsno'], /^slots: unknown option '--jsno' \(Did you mean --json\?\)$/],
    [['@daily', '--', './job.sh'], /^slots runs no command; leave -- and what follows it out$/],
  ])('refuses %j in one line', async (args, words) => {
    const { code, stdout, stderr } = await slots(...args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(/^redlock-run: [^\n]*\n$/);
    expect(stderr.replace(/^redlock-run: /, '').trimEnd()).toMatch(words);
  });
});

describe('a schedule in plain words', () => {
  test.each([
    ['* * * * *', 'Every minute'],
    ['*/15 * * * *', 'Every 15 minutes'],
    ['*/45 * * * *', 'At 0 and 45 minutes past the hour'],
    ['*/90 * * * *', 'Every hour'],
    ['0 3 * * *', 'At 03:00, every day'],
    ['0 9-17 * * mon-fri', 'Every hour, between 09:00 and 17:00, Monday through Friday'],
    ['0 0 * * 5-7', 'At 00:00, Friday through Sunday'],
    ['0 0 1 jan *', 'At 00:00, on day 1 of the month, only in January'],
    ['0 0 1,15 * fri', 'At 00:00, on day 1 and 15 of the month or on Friday'],
    ['0 0 1-7 * 1-5', 'At 00:00, between day 1 and 7 of the month or Monday through Friday'],
    ['0 0 */10 * fri', 'At 00:00, on day 1, 11, 21, and 31 of the month, but only on Friday'],
    ['0 0 1-7 * */7', 'At 00:00, between day 1 and 7 of the month, but only on Sunday'],
    [
      '0 0 13 6 */2',
      'At 00:00, on day 13 of the month, but only on Tuesday, Thursday, Saturday, and Sunday, only in June',
    ],
    ['0 0 1-31 * fri', 'At 00:00, every day'],
    ['0 0 * * 0-6', 'At 00:00, every day'],
    ['* * * * * *', 'Every second'],
    ['*/10 * * * * *', 'Every 10 seconds'],
    ['*/90 * * * * *', 'Every minute'],
    ['0 0 3 * * *', 'At 03:00, every day'],
    ['30 0 3 * * mon', 'At 03:00:30, only on Monday'],
    ['15 */5 * * * *', 'At 15 seconds past the minute, every 5 minutes'],
  ])('%s: %s', (expression, words) => {
    expect(scheduleInWords(parseFields(expression, 'CRON'))).toBe(words);
  });
});
