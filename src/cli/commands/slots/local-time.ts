import { offsetText } from '../../../schedule/zone.js';

/** `2027-03-14T03:00:00-04:00` */
export function localTime(instant: number, offset: number): string {
  const wall = new Date(instant + offset).toISOString().slice(0, 19);
  return `${wall}${offsetText(offset)}`;
}

/** `02:30` of a wall time; `02:30:15` where it is not a whole minute. */
export function clockTime(wall: number): string {
  return new Date(wall).toISOString().slice(11, 19).replace(/:00$/, '');
}

const WEEKDAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `Sun 14 Mar 2027` of a wall time. */
export function dayOf(wall: number): string {
  const date = new Date(wall);
  const number = String(date.getUTCDate()).padStart(2, '0');
  const month = MONTHS[date.getUTCMonth()];
  return `${WEEKDAYS[date.getUTCDay()]} ${number} ${month} ${date.getUTCFullYear()}`;
}

/** The node's own zone, e.g. `Europe/London`. */
export function ownZoneName(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Each English speaks of its own zones only: `BST` is `GMT+1` in en-US. */
const ENGLISH = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA'];

/** The letters that people call a zone's time by, where there are any. */
export function abbreviations(timeZone: string): (instant: number) => string | undefined {
  const formats = ENGLISH.map(
    (locale) => new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }),
  );
  return (instant) =>
    formats
      .map((format) => format.formatToParts(instant).find(({ type }) => type === 'timeZoneName'))
      .map((part) => part?.value)
      .find((name) => name !== undefined && /^[A-Z]{3,5}$/.test(name));
}
