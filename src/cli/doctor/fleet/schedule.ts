import { Failure } from '../../../core/errors.js';
import { fixedGrid, type Schedule } from '../../../core/slot.js';
import { parseCron } from '../../../schedule/cron.js';

/** A job's schedule, as its nodes' records write it. */
export interface WrittenSchedule {
  /** As a person would write it. */
  readonly words: string;
  /** IANA name; undefined where none was given. */
  readonly timezone: string | undefined;
  /** What the node's own clock showed, e.g. `+01:00`, where no zone was given. */
  readonly offset: string | undefined;
  /** undefined where there is none, or it cannot be read. */
  readonly schedule: Schedule | undefined;
}

/** @param text `0 3 * * *|Europe/London`, `0 3 * * *|+01:00`, `every 900000` (ms) or `-` */
export function readSchedule(text: string): WrittenSchedule {
  const [, every] = /^every (\d{1,12})$/.exec(text) ?? [];
  if (every !== undefined) {
    const schedule = fixedGrid(Number(every));
    return { words: text, timezone: undefined, offset: undefined, schedule };
  }
  const [expression = '', zone = ''] = text.split('|');
  const offset = /^[+-]\d\d:\d\d$/.test(zone) ? zone : undefined;
  const timezone = zone === '' || offset !== undefined ? undefined : zone;
  const words = wordsOf(expression, timezone, offset);
  try {
    return { words, timezone, offset, schedule: parseCron(expression, timezone) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { words, timezone: undefined, offset: undefined, schedule: undefined };
  }
}

function wordsOf(expression: string, timezone: string | undefined, offset: string | undefined) {
  if (timezone !== undefined) return `${expression} in ${timezone}`;
  return offset === undefined ? expression : `${expression} at UTC${offset}`;
}
