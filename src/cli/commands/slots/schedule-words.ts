import cronstrue from 'cronstrue';
import { type CronFields, hasSeconds } from '../../../schedule/fields.js';

/**
 * A schedule in plain words. cronstrue is given each field on its own and in the plainest form: it
 * misreads some of cron's (a step of 90 minutes is "every 90 minutes" to it, not every hour), and of
 * two restricted day fields it says "and" where cron means "or".
 */
export function scheduleInWords(fields: CronFields): string {
  const minutes = evenStep(fields.minutes, 60) ?? asList(fields.minutes, 60);
  const hours = evenStep(fields.hours, 24) ?? asList(fields.hours, 24, fields.minutes.length > 1);
  const seconds = evenStep(fields.seconds, 60) ?? asList(fields.seconds, 60);
  const time = `${hasSeconds(fields) ? `${seconds} ` : ''}${minutes} ${hours}`;
  const base = describe(`${time} * * *`);
  const part = (dayFields: string) => describe(`${time} ${dayFields}`).slice(base.length);

  const days = part(`${asList(fields.days, 31)} * *`);
  const weekdays = part(`* * ${asList(fields.weekdays.map(sundayLast).sort(), 7)}`);
  const months = part(`* ${asList(fields.months, 12)} *`);
  const when = joinDays(days, weekdays, fields.dayRule) + months;
  return base + (when === '' && base.startsWith('At ') && hours !== '*' ? ', every day' : when);
}

function describe(expression: string): string {
  return cronstrue.toString(expression, { use24HourTimeFormat: true });
}

/** `, on day 1 of the month` and `, only on Friday`; either is empty when it allows every day. */
function joinDays(days: string, weekdays: string, rule: CronFields['dayRule']): string {
  const bare = weekdays.replace(/^, (?:only )?/, '');
  if (rule === 'either') return days === '' || weekdays === '' ? '' : `${days} or ${bare}`;
  return days === '' || weekdays === '' ? days + weekdays : `${days}, but only ${bare}`;
}

/** A step, where it is even round the clock. */
function evenStep(values: readonly number[], size: number): string | undefined {
  const step = size / values.length;
  const isEven = Number.isInteger(step) && values.every((value, i) => value === i * step);
  return isEven && step > 1 && values.length > 2 ? `*/${step}` : undefined;
}

/** `*`, or values and ranges: `1,3-5`. Two neighbours make a range where that reads better. */
function asList(values: readonly number[], size: number, shortRanges = false): string {
  if (values.length === size) return '*';
  const runs: { first: number; last: number }[] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run !== undefined && run.last === value - 1) run.last = value;
    else runs.push({ first: value, last: value });
  }
  return runs
    .map(({ first, last }) => {
      if (first === last) return `${first}`;
      return last - first === 1 && !shortRanges ? `${first},${last}` : `${first}-${last}`;
    })
    .join(',');
}

function sundayLast(weekday: number): number {
  return weekday === 0 ? 7 : weekday;
}
