import { formatDuration } from '../../../core/duration.js';
import { slotId } from '../../../core/slot.js';
import type { ChangeReport } from '../../../schedule/clock-changes.js';
import { clockTime, dayOf } from './local-time.js';

/** What a clock change does to a schedule, for a person: one sentence without its full stop. */
export function effectInWords(report: ChangeReport): string {
  const { change, effect, walls, slots } = report;
  const one = walls.length === 1;
  const times = listTimes(walls);
  const comesTwice = `${times} ${one ? 'comes' : 'come'} twice`;
  const isSkipped = `${times} ${one ? 'is' : 'are'} skipped`;
  const afterwards = clockTime(change.at + change.after);
  switch (effect) {
    case 'none':
      return 'no effect';
    case 'moved':
      return `${isSkipped}: runs ${one ? '' : 'once '}at ${afterwards} instead (${listSlots(slots)})`;
    case 'lost':
      return `${isSkipped}${followedBy(report)}`;
    case 'once':
      return `${comesTwice}: runs the first time only (${listSlots(slots)})`;
    case 'twice':
      return `${comesTwice}: runs both times (${listSlots(slots)})`;
  }
}

/** A job that follows real time loses nothing where it runs all day, and a day's runs elsewhere. */
function followedBy({ change, last, next }: ChangeReport): string {
  if (last === undefined || next === undefined) return ' and not made up';
  const wall = next + change.after;
  const day = dayOf(wall) === dayOf(change.at + change.after) ? '' : `${dayOf(wall)} `;
  return `: the next run is at ${day}${clockTime(wall)}, ${formatDuration(next - last)} after the last (slot ${slotId(next)})`;
}

const MOST_LISTED = 4;

/** `02:00`, `02:00 and 02:30`, or `02:00 to 02:55 (12 times)`. */
function listTimes(walls: readonly number[]): string {
  const times = walls.map(clockTime);
  if (times.length > MOST_LISTED) return `${times[0]} to ${times.at(-1)} (${times.length} times)`;
  return enumerate(times);
}

function listSlots(slots: readonly number[]): string {
  const ids = slots.map(slotId);
  if (ids.length === 1) return `slot ${ids[0]}`;
  if (ids.length > MOST_LISTED) return `${ids.length} slots, ${ids[0]} to ${ids.at(-1)}`;
  return `slots ${enumerate(ids)}`;
}

function enumerate(words: readonly string[]): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
