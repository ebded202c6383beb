import type { JobSightings, Sighting } from '../../../redis/survey/fleet.js';
import { readSchedule } from './schedule.js';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** Of the interval: whoever was last seen at the slot before has gone, or has not come back yet. */
const SHARE = 0.75;

/** The nodes that came to the job's latest slot, by their own schedules. */
export function currentNodes({ nodes }: JobSightings): readonly Sighting[] {
  const [newest] = nodes;
  if (newest === undefined) return [];
  return nodes.filter(({ schedule, seen }) => {
    const window = Math.max(SHARE * intervalAt(newest.seen, schedule), 2 * MINUTE);
    return newest.seen - seen <= window;
  });
}

/** ms between the slots before and after an instant; a day where the schedule does not tell. */
function intervalAt(instant: number, text: string): number {
  const { schedule } = readSchedule(text);
  const [before, after] = [schedule?.atOrBefore(instant), schedule?.after(instant)];
  return before === undefined || after === undefined ? DAY : after - before;
}
