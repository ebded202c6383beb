import { Failure } from '../../../core/errors.js';
import { fixedGrid, type Schedule } from '../../../core/slot.js';
import { parseCron } from '../../../schedule/cron.js';

/** A job's schedule, as its nodes' records write it. */
export interface WrittenSchedule {
  /** As a person would write it. */
  readonly words: string;
  /** IANA name; undefined where none was given. */
  readonly timezone: string | undefined;
  /** undefined where there is none, or it cannot be read. */
  readonly schedule: Schedule | undefined;
}

/** @param text `0 3 * * *|Europe/London`, `every 900000` (ms) or `-` */
export function readSchedule(text: string): WrittenSchedule {
  const [, every] = /^every (\d{1,12})$/.exec(text) ?? [];
  if (every !== undefined) {
    return { words: text, timezone: undefined, schedule: fixedGrid(Number(every)) };
  }
  const [expression = '', zone = ''] = text.split('|');
  const timezone = zone === '' ? undefined : zone;
  const words = timezone === undefined ? expression : `${expression} in ${timezone}`;
  try {
    return { words, timezone, schedule: parseCron(expression, timezone) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { words, timezone: undefined, schedule: undefined };
  }
}
