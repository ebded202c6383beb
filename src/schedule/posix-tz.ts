import type { Zone } from './zone.js';

const SECOND = 1_000;
const DAY = 86_400_000;

const NAME = '(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)';
const TIME = '[+-]?\\d{1,3}(?::\\d{2}){0,2}';
const DATE = '(?:M\\d{1,2}\\.[1-5]\\.[0-6]|J\\d{1,3}|\\d{1,3})';
const GRAMMAR = new RegExp(
  `^${NAME}(?<standard>${TIME})(?:${NAME}(?<summer>${TIME})?` +
    `,(?<from>${DATE})(?:/(?<fromTime>${TIME}))?,(?<to>${DATE})(?:/(?<toTime>${TIME}))?)?$`,
);

/**
 * Reads the rule that a zone file ends with, e.g. `EST5EDT,M3.2.0,M11.1.0`: POSIX, Base
 * Definitions 8.3, with the wider hours of RFC 9636.
 *
 * @returns undefined when it is not such a rule
 */
export function posixZone(rule: string): Zone | undefined {
  const groups = GRAMMAR.exec(rule)?.groups;
  if (groups?.standard === undefined) return undefined;
  // POSIX counts west of Greenwich.
  const standard = -parseTime(groups.standard);
  const { from, to, summer, fromTime = '2', toTime = '2' } = groups;
  if (from === undefined || to === undefined) return { offsetAt: () => standard };

  const daylight = summer === undefined ? standard + 3_600 * SECOND : -parseTime(summer);
  return {
    offsetAt(instant) {
      const year = new Date(instant + standard).getUTCFullYear();
      const begins = dateOf(from, year) + parseTime(fromTime) - standard;
      const ends = dateOf(to, year) + parseTime(toTime) - daylight;
      const isDaylight =
        begins < ends
          ? instant >= begins && instant < ends
          : !(instant >= ends && instant < begins);
      return isDaylight ? daylight : standard;
    },
  };
}

/** `2`, `-1:30`, `26:00:00` → ms. */
function parseTime(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  const size = (hours * 3_600 + minutes * 60 + seconds) * SECOND;
  return text.startsWith('-') ? -size : size;
}

/** Midnight of the day that a date rule means in a year, as though it were UTC. */
function dateOf(date: string, year: number): number {
  if (date.startsWith('M')) {
    const [month = 1, week = 1, weekday = 0] = date.slice(1).split('.').map(Number);
    return weekdayOfMonth(year, month, week, weekday);
  }
  const newYear = Date.UTC(year, 0, 1);
  if (!date.startsWith('J')) return newYear + Number(date) * DAY;
  // J60 is the first of March, in leap years too.
  const day = Number(date.slice(1));
  const isLeap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
  return newYear + (day - 1 + (isLeap && day >= 60 ? 1 : 0)) * DAY;
}

/** Week 5 is the last one that has the day. */
function weekdayOfMonth(year: number, month: number, week: number, weekday: number): number {
  const first = new Date(Date.UTC(year, month - 1, 1));
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  let day = 1 + ((weekday - first.getUTCDay() + 7) % 7) + (week - 1) * 7;
  while (day > length) day -= 7;
  return Date.UTC(year, month - 1, day);
}
