import type { Zone } from './zone.js';

const SECOND = 1_000;
const HOUR = 3_600_000;
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
  const standard = 0 - parseTime(groups.standard);
  const { from, to, summer, fromTime = '2', toTime = '2' } = groups;
  if (from === undefined || to === undefined) return { offsetAt: () => standard };

  const daylight = summer === undefined ? standard + HOUR : 0 - parseTime(summer);
  const beginsIn = parseDate(from, parseTime(fromTime) - standard);
  const endsIn = parseDate(to, parseTime(toTime) - daylight);
  return {
    offsetAt(instant) {
      const year = new Date(instant + standard).getUTCFullYear();
      const begins = beginsIn(year);
      const ends = endsIn(year);
      const isDaylight =
        begins < ends ? instant >= begins && instant < ends : instant >= begins || instant < ends;
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

/** The instant that a date rule means in a year: its midnight, as though it were UTC, plus `ms`. */
function parseDate(date: string, ms: number): (year: number) => number {
  if (date.startsWith('M')) {
    const [month = 1, week = 1, weekday = 0] = date.slice(1).split('.').map(Number);
    return (year) => weekdayOfMonth(year, month, week, weekday) + ms;
  }
  // J60 is the first of March in every year; 59 is the last of February in a leap year.
  if (!date.startsWith('J')) return (year) => Date.UTC(year, 0, 1 + Number(date)) + ms;
  const inCommonYear = new Date(Date.UTC(1970, 0, Number(date.slice(1))));
  const [month, day] = [inCommonYear.getUTCMonth(), inCommonYear.getUTCDate()];
  return (year) => Date.UTC(year, month, day) + ms;
}

/** Week 5 is the last one that has the day. */
function weekdayOfMonth(year: number, month: number, week: number, weekday: number): number {
  const first = Date.UTC(year, month - 1, 1);
  const next = Date.UTC(year, month, 1);
  const toWeekday = (weekday - new Date(first).getUTCDay() + 7) % 7;
  let day = first + (toWeekday + (week - 1) * 7) * DAY;
  while (day >= next) day -= 7 * DAY;
  return day;
}
