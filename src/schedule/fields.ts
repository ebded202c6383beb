import { quote, usage } from '../core/errors.js';
import { BadField, type Field, type FieldRule, parseField } from './field.js';

/** A cron expression, read: which local times it names, and which kind of job it makes. */
export interface CronFields {
  /** `[0]` unless the expression has six fields. */
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1 to 31. */
  readonly days: readonly number[];
  /** 1 to 12. */
  readonly months: readonly number[];
  /** 0 to 6 from Sunday. */
  readonly weekdays: readonly number[];
  /** Whether a day must be in both `days` and `weekdays`, or in either. */
  readonly dayRule: 'both' | 'either';
  /** The minute or hour begins with `*`: cron runs such a job by real time across clock changes. */
  readonly wildcard: boolean;
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const WEEKDAYS = 'sun mon tue wed thu fri sat'.split(' ');

const RULES = {
  second: { name: 'second', low: 0, high: 59 },
  minute: { name: 'minute', low: 0, high: 59 },
  hour: { name: 'hour', low: 0, high: 23 },
  day: { name: 'day of month', low: 1, high: 31 },
  month: { name: 'month', low: 1, high: 12, names: MONTHS },
  weekday: { name: 'day of week', low: 0, high: 7, names: WEEKDAYS, modulo: 7 },
} as const satisfies Record<string, FieldRule>;

/** As entry.c of Debian's cron expands them; it knows them in lower case only. */
const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const FIELDS = 'minute hour day-of-month month day-of-week';
const SECONDS_FIRST = 'or six with seconds first';
/** How many fields there are, for a message. */
export const FIELD_COUNTS = `five, ${FIELDS}, ${SECONDS_FIRST}`;
const LONGEST_DAY = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads a cron expression as Debian's cron does (crontab(5); entry.c of cron 3.0pl1-162), and one that
 * has a field for the seconds in front.
 *
 * @param name the option that carries it, for the message
 * @throws Failure `usage` saying what is wrong and what is allowed
 */
export function parseFields(expression: string, name: string): CronFields {
  try {
    const fields = readFields(splitFields(expandNickname(expression)), parseField);
    const never = whyNever(fields);
    if (never !== undefined) throw never;
    return fields;
  } catch (error) {
    if (!(error instanceof BadField)) throw error;
    throw usage(`${name}: ${quote(expression)} is no schedule: ${error.message}`);
  }
}

/**
 * The fields of an expression, nicknames expanded, each as written.
 *
 * @throws BadField for a nickname that names no times
 */
export function expandNickname(expression: string): string {
  const trimmed = expression.replace(/^[ \t]+|[ \t]+$/g, '');
  if (!trimmed.startsWith('@')) return trimmed;
  if (trimmed === '@reboot') {
    throw new BadField('a reboot is no instant that nodes share; give the time at which it is due');
  }
  const expanded = Object.hasOwn(NICKNAMES, trimmed) ? NICKNAMES[trimmed] : undefined;
  if (expanded !== undefined) return expanded;
  const nicknames = Object.keys(NICKNAMES).join(' ');
  throw new BadField(`allowed are ${nicknames}, five fields (${FIELDS}), ${SECONDS_FIRST}`);
}

/** One of each field: second, minute, hour, day of month, month, day of week. */
export type SixOf<T> = readonly [T, T, T, T, T, T];

/** @throws BadField for any other number of fields */
export function splitFields(text: string): SixOf<string> {
  const fields = text.split(/[ \t]+/);
  const six = fields.length === 5 ? ['0', ...fields] : fields;
  const [second, minute, hour, day, month, weekday, ...more] = six;
  if (second && minute && hour && day && month && weekday && more.length === 0) {
    return [second, minute, hour, day, month, weekday];
  }
  const count =
    text === '' ? 'is empty' : `has ${fields.length} field${fields.length > 1 ? 's' : ''}`;
  const noYears = more.length > 0 ? ' (no years)' : '';
  throw new BadField(`it ${count}; give ${FIELD_COUNTS}${noYears}`);
}

/**
 * Puts an expression together from its fields, each read by `read`: parseField, or one that also knows
 * where in a file the field stands.
 */
export function readFields<T>(
  [second, minute, hour, day, month, weekday]: SixOf<T>,
  read: (written: T, rule: FieldRule) => Field,
): CronFields {
  const seconds = read(second, RULES.second);
  const minutes = read(minute, RULES.minute);
  const hours = read(hour, RULES.hour);
  const days = read(day, RULES.day);
  const months = read(month, RULES.month);
  const weekdays = read(weekday, RULES.weekday);
  return {
    seconds: seconds.values,
    minutes: minutes.values,
    hours: hours.values,
    days: days.values,
    months: months.values,
    weekdays: weekdays.values,
    dayRule: days.star || weekdays.star ? 'both' : 'either',
    wildcard: minutes.star || hours.star,
  };
}

/**
 * What is wrong with a schedule that has no slot at all. Every date falls on every weekday sooner or later,
 * so only a date that no month has is never.
 */
export function whyNever({ days, months, dayRule }: CronFields): BadField | undefined {
  if (dayRule === 'either') return undefined;
  const firstDay = days[0] ?? 0;
  if (months.some((month) => firstDay <= (LONGEST_DAY[month - 1] ?? 0))) return undefined;
  return new BadField('it never comes: no month that it names has such a day');
}

/** Whether a text would do as the last field of an expression. */
export function isWeekdayField(text: string): boolean {
  try {
    parseField(text, RULES.weekday);
    return true;
  } catch (error) {
    if (error instanceof BadField) return false;
    throw error;
  }
}

/** Whether its slots lie within minutes, too. */
export function hasSeconds({ seconds }: CronFields): boolean {
  return seconds.length > 1 || seconds[0] !== 0;
}
