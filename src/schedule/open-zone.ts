import { readFileSync } from 'node:fs';
import { quote, usage } from '../core/errors.js';
import { tzifZone } from './tzif.js';
import { offsetText, type Zone } from './zone.js';

const MINUTE = 60_000;

const UTC: Zone = { offsetAt: () => 0 };

/** The node's own zone: TZ, or what the system is set to. */
const OWN: Zone = { offsetAt: (instant) => 0 - new Date(instant).getTimezoneOffset() * MINUTE };

/** Only names of the form Area/Place are looked for on disk; `posix/…` and `right/…` are no zones. */
const AREA_AND_PLACE = /^(?!posix\/|right\/)[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)+$/;
const IANA = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/**
 * The zone of an IANA name, or the node's own.
 *
 * The system's zone file comes first: it is the one that cron goes by, and reading it takes 0.1 ms,
 * where the first Intl.DateTimeFormat of a process takes 15 to 30.
 *
 * @param name the option that carries it, for the message
 * @throws Failure `usage`
 */
export function openZone(timezone: string | undefined, name = '--timezone'): Zone {
  if (timezone === undefined) return OWN;
  if (timezone === 'UTC' || timezone === 'Etc/UTC') return UTC;
  const zone = systemZone(timezone) ?? (IANA.test(timezone) ? intlZone(timezone) : undefined);
  if (zone !== undefined) return zone;
  throw usage(
    `${name}: ${quote(timezone)} is not a time zone; give an IANA name such as Europe/London, ` +
      'America/New_York or UTC',
  );
}

/** The name of the zone; for the node's own what it shows, e.g. `+01:00`, because names of it differ. */
export function zoneName(timezone: string | undefined, instant: number): string {
  return timezone ?? offsetText(OWN.offsetAt(instant));
}

function systemZone(timezone: string): Zone | undefined {
  if (!AREA_AND_PLACE.test(timezone)) return undefined;
  try {
    return tzifZone(readFileSync(`/usr/share/zoneinfo/${timezone}`));
  } catch {
    // No such file, or no such folder: a slim container has none.
    return undefined;
  }
}

const FIELDS = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;

/** Node's own zone data. */
export function intlZone(timezone: string): Zone | undefined {
  const format = formatFor(timezone);
  if (format === undefined) return undefined;
  return {
    offsetAt(instant) {
      // en-US: 3/14/2027, 03:00:00
      const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = (
        format.format(instant).match(/\d+/g) ?? []
      ).map(Number);
      const shown = Date.UTC(year, month - 1, day, hour, minute, second);
      return shown - Math.floor(instant / 1_000) * 1_000;
    },
  };
}

function formatFor(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { ...FIELDS, timeZone });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
