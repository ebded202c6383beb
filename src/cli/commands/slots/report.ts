import { slotId } from '../../../core/slot.js';
import {
  type ChangeReport,
  type Effect,
  nextChanges,
  reportChange,
} from '../../../schedule/clock-changes.js';
import { type CronSchedule, parseCron } from '../../../schedule/cron.js';
import { effectInWords } from './effect-words.js';
import type { SlotsFlags } from './flags.js';
import { abbreviations, clockTime, localTime, ownZoneName } from './local-time.js';
import { scheduleInWords } from './schedule-words.js';

/** What `--json` prints. */
export interface SlotsReport {
  readonly expression: string;
  readonly words: string;
  /** IANA name. */
  readonly timezone: string;
  /** True when --timezone named it, false when it is the node's own. */
  readonly timezoneGiven: boolean;
  readonly slots: readonly ReportedSlot[];
  readonly clockChanges: readonly ReportedChange[];
}

export interface ReportedSlot {
  /** UTC. */
  readonly id: string;
  /** ISO 8601 with the offset of the zone. */
  readonly local: string;
  /** E.g. `BST`; absent where the zone has none. */
  readonly abbreviation?: string;
}

export interface ReportedChange {
  /** UTC. */
  readonly at: string;
  /** What the clock shows when it is changed, ISO 8601 with the offset until then. */
  readonly from: string;
  /** What it shows after that, ISO 8601 with the new offset. */
  readonly to: string;
  readonly effect: Effect;
  /** The schedule's times in the skipped or repeated time, e.g. `02:30`. */
  readonly times: readonly string[];
  /** The slots at which they run. */
  readonly slots: readonly string[];
  readonly words: string;
}

const CHANGES_SHOWN = 2;

/** @throws Failure `usage` for the expression or the zone */
export function makeReport(flags: SlotsFlags, now: number): SlotsReport {
  const schedule = parseCron(flags.expression, flags.timezone, 'CRON');
  const timezone = flags.timezone ?? ownZoneName();
  const abbreviationAt = abbreviations(timezone);
  return {
    expression: flags.expression.trim().replace(/[ \t]+/g, ' '),
    words: scheduleInWords(schedule.fields),
    timezone,
    timezoneGiven: flags.timezone !== undefined,
    slots: nextSlots(schedule, now, flags.count).map((at) => {
      const abbreviation = abbreviationAt(at);
      return {
        id: slotId(at),
        local: localTime(at, schedule.zone.offsetAt(at)),
        ...(abbreviation !== undefined && { abbreviation }),
      };
    }),
    clockChanges: nextChanges(schedule.zone, now, CHANGES_SHOWN).map((change) =>
      reported(reportChange(schedule, change)),
    ),
  };
}

function nextSlots(schedule: CronSchedule, now: number, count: number): readonly number[] {
  const found: number[] = [];
  let at = schedule.after(now);
  while (at !== undefined && found.length < count) {
    found.push(at);
    at = schedule.after(at);
  }
  return found;
}

function reported(report: ChangeReport): ReportedChange {
  const { at, before, after } = report.change;
  return {
    at: slotId(at),
    from: localTime(at, before),
    to: localTime(at, after),
    effect: report.effect,
    times: report.walls.map(clockTime),
    slots: report.slots.map(slotId),
    words: effectInWords(report),
  };
}
