import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/core/errors.js';
import { parseCron } from '../../src/schedule/cron.js';
import { type CronFields, parseFields } from '../../src/schedule/fields.js';

const to = (last: number, first = 0) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
const EVERY: CronFields = {
  seconds: [0],
  minutes: to(59),
  hours: to(23),
  days: to(31, 1),
  months: to(12, 1),
  weekdays: to(6),
  dayRule: 'both',
  wildcard: true,
};
const DAILY = { ...EVERY, minutes: [0], hours: [0], wildcard: false };

describe('an expression means what crontab(5) says', () => {
  test.each<[string, CronFields]>([
    ['* * * * *', EVERY],
    ['0 0 * * *', DAILY],
    [' \t0  0 *\t* * ', DAILY],
    ['00 000 * * *', DAILY],
    ['5,1,3-4,3 0 * * *', { ...DAILY, minutes: [1, 3, 4, 5] }],
    ['*/20 0 * * *', { ...DAILY, minutes: [0, 20, 40], wildcard: true }],
    ['1-50/20 0 * * *', { ...DAILY, minutes: [1, 21, 41] }],
    ['0 */7 * * *', { ...DAILY, hours: [0, 7, 14, 21], wildcard: true }],
    ['0 0-23 * * *', { ...DAILY, hours: to(23) }],
    ['0 5,* * * *', { ...DAILY, hours: to(23) }],
    ['0 *,5 * * *', { ...DAILY, hours: to(23), wildcard: true }],
    ['*/90 0 * * *', { ...DAILY, wildcard: true }],
    ['0 0 * JAN,mar-May *', { ...DAILY, months: [1, 3, 4, 5] }],
    ['0 0 * feb-dec/5 *', { ...DAILY, months: [2, 7, 12] }],
    ['0 0 * * mon-FRI', { ...DAILY, weekdays: [1, 2, 3, 4, 5] }],
    ['0 0 * * 7', { ...DAILY, weekdays: [0] }],
    ['0 0 * * Sun', { ...DAILY, weekdays: [0] }],
    ['0 0 * * 0,7', { ...DAILY, weekdays: [0] }],
    ['0 0 * * 5-7', { ...DAILY, weekdays: [0, 5, 6] }],
    ['0 0 * * fri-7', { ...DAILY, weekdays: [0, 5, 6] }],
    ['0 0 * * */7', { ...DAILY, weekdays: [0] }],
    ['0 0 1,15 * 5', { ...DAILY, days: [1, 15], weekdays: [5], dayRule: 'either' }],
    ['0 0 */10 * 5', { ...DAILY, days: [1, 11, 21, 31], weekdays: [5] }],
    ['0 0 13 * */5', { ...DAILY, days: [13], weekdays: [0, 5] }],
    ['0 0 1-31 * 5', { ...DAILY, weekdays: [5], dayRule: 'either' }],
    ['0 0 13,* * 5', { ...DAILY, weekdays: [5], dayRule: 'either' }],
    ['0 0 31 2 1', { ...DAILY, days: [31], months: [2], weekdays: [1], dayRule: 'either' }],
    ['@yearly', { ...DAILY, days: [1], months: [1] }],
    ['@annually', { ...DAILY, days: [1], months: [1] }],
    ['@monthly', { ...DAILY, days: [1] }],
    ['@weekly', { ...DAILY, weekdays: [0] }],
    ['@daily', DAILY],
    [' @midnight ', DAILY],
    ['* * * * * *', { ...EVERY, seconds: to(59) }],
    ['*/20 0 0 * * *', { ...DAILY, seconds: [0, 20, 40] }],
    [
      '5-7,59 0 0 1,15 * 5',
      { ...DAILY, seconds: [5, 6, 7, 59], days: [1, 15], weekdays: [5], dayRule: 'either' },
    ],
    ['30 * 0 * * *', { ...DAILY, seconds: [30], minutes: to(59), wildcard: true }],
    ['@hourly', { ...DAILY, hours: to(23), wildcard: true }],
  ])('%s', (expression, fields) => {
    expect(parseFields(expression, '--schedule')).toEqual(fields);
  });
});

describe('what cron does not know is refused in one line that says what is wrong and what is allowed', () => {
  test.each([
    [
      '',
      /it is empty; give five, minute hour day-of-month month day-of-week, or six with seconds first$/,
    ],
    [' ', /it is empty/],
    ['5', /it has 1 field; give five/],
    ['0 3 * *', /it has 4 fields; give five/],
    ['0 0 3 * * * 2027', /it has 7 fields; give five, .*, or six with seconds first \(no years\)$/],
    ['60 * * * * *', /second "60" is not allowed; give 0 to 59/],
    ['* 60 * * * *', /minute "60" is not allowed/],
    ['mon * * * * *', /second "mon"/],
    ['* * * * * 8', /day of week "8"/],
    ['*/0 * * * * *', /second "\*\/0" has a step of 0/],
    ['0 0 0 31 2 *', /it never comes/],
    ['0 3\n* * *', /it has 4 fields/],
    ['60 * * * *', /minute "60" is not allowed; give 0 to 59, \*, ranges \(0-2\), steps \(\*\/2\)/],
    ['* 24 * * *', /hour "24" is not allowed; give 0 to 23/],
    ['* * 0 * *', /day of month "0" is not allowed; give 1 to 31/],
    ['* * 32 * *', /day of month "32"/],
    ['* * * 0 *', /month "0" is not allowed; give 1 to 12, jan to dec/],
    ['* * * 13 *', /month "13"/],
    ['* * * * 8', /day of week "8" is not allowed; give 0 to 7, sun to sat/],
    ['5-64/30 * * * *', /minute "5-64\/30" is not allowed/],
    ['* * * january *', /month "january"/],
    ['* * * * monday', /day of week "monday"/],
    ['jan * * * *', /minute "jan"/],
    ['* * * mon *', /month "mon"/],
    ['* * * */jan *', /month "\*\/jan"/],
    ['-1 * * * *', /minute "-1"/],
    ['1- * * * *', /minute "1-"/],
    ['1-5-7 * * * *', /minute "1-5-7"/],
    ['1,,2 * * * *', /minute has an empty place in its list/],
    ['1, * * * *', /minute has an empty place in its list/],
    ['*5 * * * *', /minute "\*5"/],
    ['** * * * *', /minute "\*\*"/],
    ['1.5 * * * *', /minute "1\.5"/],
    ['99999999999999999999 * * * *', /minute "9+"/],
    ['*/0 * * * *', /minute "\*\/0" has a step of 0; the smallest is 1/],
    ['*/ * * * *', /minute "\*\/"/],
    ['*/99999999999 * * * *', /minute "\*\/9+"/],
    ['5/15 * * * *', /minute "5\/15" has a step but no range; write 5-59\/15/],
    ['* 22-2 * * *', /hour "22-2" runs backwards; write 22-23,0-2/],
    ['* * * nov-feb *', /month "nov-feb" runs backwards; write 11-12,1-2/],
    ['* * * * sat-sun', /day of week "sat-sun" runs backwards; write 6-7/],
    ['* * * * fri-mon', /day of week "fri-mon" runs backwards; write 5-6,0-1/],
    ['0 0 L * *', /day of month "L" is not allowed; .*L W H # \? ~ \$ are not cron's$/],
    ['0 0 LW * *', /day of month "LW"/],
    ['0 0 15W * *', /day of month "15W"/],
    ['0 0 * * 5L', /day of week "5L"/],
    ['0 0 * * 5#2', /day of week "5#2"/],
    ['0 0 ? * *', /day of month "\?"/],
    ['0 0 1 * +5', /day of week "\+5"/],
    ['H * * * *', /minute "H"/],
    ['0~9 * * * *', /minute "0~9"/],
    ['0 0 $ * *', /day of month "\$"/],
    ['@reboot', /a reboot is no instant that nodes share/],
    ['@Daily', /allowed are @yearly .* @hourly, five fields \(.*\), or six with seconds first$/],
    ['@every_minute', /allowed are @yearly/],
    ['@every 5m', /allowed are @yearly/],
    ['@constructor', /allowed are @yearly/],
    ['0 0 31 2 *', /it never comes: no month that it names has such a day$/],
    ['0 0 30,31 feb *', /it never comes/],
    ['0 0 31 2,4,6,9,11 */2', /it never comes/],
    ['2026-11-23T03:00:00Z', /it has 1 field/],
    ['\u001b[31m * * * *', /minute "\\u001b\[31m"/],
  ])('%j', (expression, problem) => {
    const refused = refusal(() => parseCron(expression, 'UTC'));
    expect(refused.kind).toBe('usage');
    expect(refused.message).toMatch(problem);
    expect(refused.message).toMatch(/^--schedule: ".*" is no schedule: /);
    expect(refused.message).not.toMatch(/\p{Cc}/u);
    expect(refused.message.length).toBeLessThan(300);
  });

  test('an expression of any length, at once', () => {
    const started = performance.now();
    for (const piece of ['1,', '*/2,', '* ', '-', '9', 'mon-', '@']) {
      const refused = refusal(() => parseCron(piece.repeat(100_000), 'UTC'));
      expect(refused.message.length).toBeLessThan(500);
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

function refusal(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
