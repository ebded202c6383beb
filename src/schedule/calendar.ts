import { Cron } from 'croner';
import type { CronFields } from './fields.js';

/**
 * The seconds that an expression names on a clock that is never changed. A wall time is what such a
 * clock shows, written as ms since the epoch as though it were UTC.
 */
export interface Calendar {
  /** The latest named second at or before `wall`. */
  atOrBefore(wall: number): number | undefined;
  /** The earliest named second after `wall`. */
  after(wall: number): number | undefined;
}

const SECOND = 1_000;

/**
 * croner counts the days. It is given lists of numbers, no syntax of its own, and no time zone: it
 * treats clock changes in another way than cron, and Intl costs it 15 ms at start-up.
 */
export function createCalendar(fields: CronFields): Calendar {
  const { seconds, minutes, hours, days, months, weekdays, dayRule } = fields;
  const cron = new Cron([seconds, minutes, hours, days, months, weekdays].join(' '), {
    mode: '6-part',
    utcOffset: 0,
    domAndDow: dayRule === 'both',
  });
  return {
    // croner looks strictly before, in whole seconds.
    atOrBefore: (wall) =>
      cron.previousRuns(1, new Date(Math.floor(wall / SECOND) * SECOND + SECOND))[0]?.getTime(),
    after: (wall) => cron.nextRun(new Date(wall))?.getTime(),
  };
}
