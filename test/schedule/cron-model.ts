/**
 * What Debian's cron would do, minute by minute: the main loop of cron.c (3.0pl1-162), which is slow
 * and shares nothing with src/schedule. Beyond cron's own grain, a job that is due in the clock's own
 * minute starts at each of its seconds; one that is made up for a minute gone by starts at once.
 */

const SECOND = 1_000;
const MINUTE = 60_000;

/** An expression as its fields were meant, with its text. */
export interface ModelEntry {
  readonly text: string;
  /** 0 alone, unless the text has six fields. */
  readonly second: ReadonlySet<number>;
  readonly minute: ReadonlySet<number>;
  readonly hour: ReadonlySet<number>;
  readonly dom: ReadonlySet<number>;
  readonly month: ReadonlySet<number>;
  /** 0 to 6. */
  readonly dow: ReadonlySet<number>;
  readonly minStar: boolean;
  readonly hourStar: boolean;
  readonly domStar: boolean;
  readonly dowStar: boolean;
}

/** Minutes to add to UTC at a minute since the epoch. */
export type ModelZone = (minute: number) => number;

/**
 * @param from ms, UTC; the daemon starts a day earlier, so that it has settled
 * @returns the instants in [from, to) at which it starts the job, ms, ascending, each once
 */
export function runsOf(entry: ModelEntry, zone: ModelZone, from: number, to: number): number[] {
  const runs: number[] = [];
  const end = Math.ceil(to / MINUTE);
  let now = Math.floor(from / MINUTE) - 1440;
  let virtualTime = now + zone(now);
  const seconds = [...entry.second].sort((a, b) => a - b).map((second) => second * SECOND);
  for (now += 1; now < end; now++) {
    const timeRunning = now + zone(now);
    const timeDiff = timeRunning - virtualTime;
    const due = new Set<number>();
    const findJobs = (minute: number, doWild: boolean, doNonWild: boolean) => {
      const wild = entry.minStar || entry.hourStar;
      if (!(wild ? doWild : doNonWild) || !matches(entry, minute)) return;
      for (const second of minute === timeRunning ? seconds : [0]) due.add(now * MINUTE + second);
    };
    if (timeDiff === 1) {
      virtualTime = timeRunning;
      findJobs(virtualTime, true, true);
    } else if (timeDiff > 3 * 60 || timeDiff <= -3 * 60) {
      // The clock was corrected.
      virtualTime = timeRunning;
      findJobs(timeRunning, true, true);
    } else if (timeDiff > 5) {
      // Summer time begins.
      findJobs(timeRunning, true, false);
      while (virtualTime < timeRunning) findJobs(++virtualTime, false, true);
    } else if (timeDiff > 0) {
      // Woken late.
      while (virtualTime < timeRunning) findJobs(++virtualTime, true, true);
    } else {
      // Summer time ends.
      findJobs(timeRunning, true, false);
    }
    runs.push(...[...due].filter((at) => at >= from && at < to));
  }
  return runs;
}

function matches(entry: ModelEntry, wallMinute: number): boolean {
  if (!entry.minute.has(wallMinute % 60)) return false;
  if (!entry.hour.has(Math.floor(wallMinute / 60) % 24)) return false;
  const date = new Date(wallMinute * MINUTE);
  if (!entry.month.has(date.getUTCMonth() + 1)) return false;
  const dom = entry.dom.has(date.getUTCDate());
  const dow = entry.dow.has(date.getUTCDay());
  return entry.domStar || entry.dowStar ? dom && dow : dom || dow;
}

/** A real zone, from Intl, for minutes between two instants. */
export function modelZone(
  name: string,
  from: number,
  to: number,
): ModelZone & { changes: number[] } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    timeZoneName: 'longOffset',
  });
  // en-US: 3/14/2027, GMT-04:00
  const offsetAt = (minute: number) => {
    const [, sign, hours, minutes] =
      /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(format.format(minute * MINUTE)) ?? [];
    const size = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
    return sign === '-' ? -size : size;
  };
  const first = Math.floor(from / MINUTE);
  const changes: { at: number; offset: number }[] = [{ at: first, offset: offsetAt(first) }];
  for (let minute = first; minute * MINUTE < to; minute += 360) {
    let before = changes.at(-1)?.offset;
    if (offsetAt(minute + 360) === before) continue;
    for (let at = minute + 1; at <= minute + 360; at++) {
      const offset = offsetAt(at);
      if (offset !== before) changes.push({ at, offset });
      before = offset;
    }
  }
  return Object.assign(steps(changes), { changes: changes.slice(1).map(({ at }) => at * MINUTE) });
}

/** A made-up zone: offsets in minutes from given minutes on. Fast for minutes that ascend. */
export function steps(changes: readonly { at: number; offset: number }[]): ModelZone {
  let i = 0;
  return (minute) => {
    while (i > 0 && (changes[i]?.at ?? 0) > minute) i--;
    while ((changes[i + 1]?.at ?? Number.POSITIVE_INFINITY) <= minute) i++;
    return changes[i]?.offset ?? 0;
  };
}
