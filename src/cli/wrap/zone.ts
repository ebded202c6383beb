import { Failure, quote } from '../../core/errors.js';
import type { Entry } from '../../schedule/crontab/crontab.js';
import { openZone } from '../../schedule/open-zone.js';
import { ownZoneName } from '../commands/slots/local-time.js';
import { ownBids } from '../crontab/own-bids.js';
import type { Io } from '../io.js';

/**
 * The zone of the machine that wraps, where cron is taken to fire as well. No cron fires by a `TZ` of its crontab: it is
 * put into the job's environment, busybox's passes over it. By `CRON_TZ` fires cronie alone (cron.c of each).
 */
export interface ZoneHere {
  /** IANA name; undefined where it has none. */
  readonly name: string | undefined;
  /** The shell that we are called from has a TZ, which cron may not have. */
  readonly isOfShell: boolean;
}

export function zoneHere({ TZ }: Io['env']): ZoneHere {
  // ICU has no name for what it cannot read, whatever its type says.
  const name: string | undefined = ownZoneName();
  return { name: isZone(name) ? name : undefined, isOfShell: TZ !== undefined };
}

function isZone(name: string | undefined): boolean {
  try {
    openZone(name);
    return name !== undefined;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** What comes of the zones above an entry. */
export interface LineZone {
  /** To be written into the line, so that the slots are those at which cron fires. */
  readonly timezone?: string;
  readonly warning?: string;
}

/**
 * @param settled the zone that `run` is told by options, if any
 * @returns undefined where the zone is not known in which cron fires
 */
export function lineZone(
  { environment, timezone }: Entry,
  settled: string | undefined,
  here: ZoneHere,
): LineZone | undefined {
  if (settled === undefined) return besideTz(environment.get('TZ'), here);
  if (settled !== timezone || timezone === here.name) return {};
  const warning =
    `only cronie fires by CRON_TZ=${quote(timezone)}: Debian's cron and busybox's fire in the zone of their ` +
    `node${shown(here)}, and runs are missed there in silence; for those take CRON_TZ out and wrap again`;
  return { warning };
}

function besideTz(tz: string | undefined, here: ZoneHere): LineZone | undefined {
  if (tz === undefined || tz === here.name) return {};
  if (here.name === undefined) return undefined;
  const warning =
    `TZ=${quote(tz)} is for the job alone, cron fires in the zone of its node: so --timezone was written ` +
    `with the zone here${shown(here)}; where the nodes have another, give wrap --timezone ZONE`;
  return { timezone: here.name, warning };
}

/** What is wrong with a wrapped entry whose call reads its schedule in another zone than cron. */
export function wrongOwnZone(entry: Entry, here: ZoneHere): string | undefined {
  const tz = entry.environment.get('TZ');
  if (tz === undefined || tz === (entry.timezone ?? here.name)) return undefined;
  const isRead = ownBids(entry).some(
    ({ flags }) => flags.has('schedule') && !flags.has('timezone'),
  );
  if (!isRead) return undefined;
  return (
    `its --schedule is read in TZ=${quote(tz)}, but cron fires in the zone of its node${shown(here)}: ` +
    'runs are missed in silence; write --timezone ZONE into the line'
  );
}

function shown({ name, isOfShell }: ZoneHere): string {
  if (name === undefined) return '';
  return isOfShell ? `, ${name} by TZ of this shell` : `, ${name}`;
}
