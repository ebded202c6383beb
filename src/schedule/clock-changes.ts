import type { CronSchedule } from './cron.js';
import { isBridged } from './vixie.js';
import { type ClockChange, changeBetween, HORIZON, type Zone } from './zone.js';

/**
 * What a clock change does to a schedule.
 *
 * | effect  | meaning                                                              |
 * | ------- | -------------------------------------------------------------------- |
 * | `none`  | the schedule has nothing in the hour that is skipped or repeated     |
 * | `moved` | its times are skipped; it runs once, right after the change          |
 * | `lost`  | its times are skipped and not made up                                |
 * | `once`  | its times come twice; it runs the first time                         |
 * | `twice` | its times come twice; it runs both times                             |
 */
export type Effect = 'none' | 'moved' | 'lost' | 'once' | 'twice';

export interface ChangeReport {
  readonly change: ClockChange;
  readonly effect: Effect;
  /** The schedule's wall times in the skipped or repeated time, ascending. */
  readonly walls: readonly number[];
  /** The instants at which they run, ascending. */
  readonly slots: readonly number[];
  /** The schedule's last instant before the change, and its first one from then on. */
  readonly last: number | undefined;
  readonly next: number | undefined;
}

const SEARCHED = 2 * 366 * 86_400_000;

/** The next changes of a zone's clock after an instant, within two years. */
export function nextChanges(zone: Zone, instant: number, count: number): readonly ClockChange[] {
  const found: ClockChange[] = [];
  for (let from = instant; found.length < count && from < instant + SEARCHED; ) {
    const change = changeBetween(zone, from, from + HORIZON);
    if (change !== undefined) found.push(change);
    from = change?.at ?? from + HORIZON;
  }
  return found;
}

export function reportChange(schedule: CronSchedule, change: ClockChange): ChangeReport {
  const { at, before, after } = change;
  const [from, to] = [at + Math.min(before, after), at + Math.max(before, after)];
  const walls = wallsBetween(schedule, from, to);
  const bridged = isBridged(change, schedule.fields.wildcard);
  return {
    change,
    walls,
    ...effectOn(walls, change, bridged),
    last: schedule.atOrBefore(at - 1),
    next: schedule.after(at - 1),
  };
}

function effectOn(
  walls: readonly number[],
  { at, before, after }: ClockChange,
  bridged: boolean,
): Pick<ChangeReport, 'effect' | 'slots'> {
  if (walls.length === 0) return { effect: 'none', slots: [] };
  if (after > before) {
    return bridged ? { effect: 'moved', slots: [at] } : { effect: 'lost', slots: [] };
  }
  const first = walls.map((wall) => wall - before);
  if (bridged) return { effect: 'once', slots: first };
  return { effect: 'twice', slots: [...first, ...walls.map((wall) => wall - after)] };
}

function wallsBetween({ calendar }: CronSchedule, from: number, to: number): readonly number[] {
  const walls: number[] = [];
  let wall = calendar.after(from - 1);
  while (wall !== undefined && wall < to) {
    walls.push(wall);
    wall = calendar.after(wall);
  }
  return walls;
}
