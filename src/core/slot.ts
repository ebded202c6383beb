import { quote, usage } from './errors.js';

/**
 * A schedule, as far as naming slots is concerned. All instants are ms since the epoch, UTC.
 * Implementations are pure: the same argument always gives the same answer.
 */
export interface Schedule {
  /** The latest scheduled instant at or before `instant`; undefined if there is none. */
  atOrBefore(instant: number): number | undefined;
  /** The earliest scheduled instant after `instant`; undefined if there is none. */
  after(instant: number): number | undefined;
}

/** One instant of a schedule, or a name given by hand: what nodes bid for. */
export interface Slot {
  /** The instant in UTC, e.g. `2026-11-23T03:00:00Z`, or the id given with `--slot`. */
  readonly id: string;
  /** What Redis TIME guards; absent for a slot named by hand, which is not compared in time. */
  readonly due?: SlotDue;
}

export interface SlotDue {
  /** The scheduled instant, ms since the epoch. */
  readonly at: number;
  /** How far before `at` a claim is taken, ms. */
  readonly early: number;
  /** How far after `at` a claim is taken, ms. */
  readonly late: number;
  /** The next scheduled instant, ms since the epoch; undefined if there is none. */
  readonly next?: number | undefined;
}

export interface Tolerance {
  /** ms; default the smaller of 10 % of the interval and 30 s. */
  readonly early?: number | undefined;
  /** ms; default the interval. */
  readonly late?: number | undefined;
}

const EARLY_SHARE = 0.1;
const EARLY_LIMIT = 30_000;
const DAY = 86_400_000;

/**
 * Names the slot that `now` belongs to: the last scheduled instant at or before now + early.
 * The local clock names it; Redis TIME guards it later with `early` and `late`.
 *
 * @param now ms since the epoch, by the clock that fired the caller
 * @throws Failure `usage` when the schedule never fires
 */
export function nameSlot(schedule: Schedule, now: number, tolerance: Tolerance = {}): Slot {
  const previous = schedule.atOrBefore(now);
  const next = schedule.after(now);
  const early = tolerance.early ?? defaultEarly(previous, next);
  const at =
    next !== undefined && next - now <= early ? schedule.atOrBefore(now + early) : previous;
  if (at === undefined) throw usage('--schedule: it has no slot at or before now');
  return slotAt(schedule, at, { ...tolerance, early });
}

/**
 * The slot of a schedule at one of its instants.
 *
 * @param at ms since the epoch; an instant of the schedule
 */
export function slotAt(schedule: Schedule, at: number, tolerance: Tolerance = {}): Slot {
  const next = schedule.after(at);
  const early = tolerance.early ?? defaultEarly(at, next);
  // A schedule without a next instant (a fixed date gone by) is late after a day.
  const late = tolerance.late ?? (next ?? at + DAY) - at;
  return { id: slotId(at), due: { at, early, late, next } };
}

/** The id of the slot at an instant: ISO 8601 in UTC, to the second where it is whole. */
export function slotId(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/**
 * The slot at an instant that somebody else's scheduler has named: when its next one is, is not known.
 *
 * @param at ms since the epoch
 * @param tolerance default 30 s early and a day late
 */
export function slotOfUnknownSchedule(
  at: number,
  { early = EARLY_LIMIT, late = DAY }: Tolerance,
): Slot {
  return { id: slotId(at), due: { at, early, late } };
}

/** A slot named by hand (`--slot`): claimed once like any other, but not compared in time. */
export function namedSlot(id: string): Slot {
  return { id: checkedSlotId(id) };
}

/** Every `period` ms, on a grid from the epoch, so that all nodes agree without a start time. */
export function fixedGrid(period: number): Schedule {
  return {
    atOrBefore: (instant) => Math.floor(instant / period) * period,
    after: (instant) => (Math.floor(instant / period) + 1) * period,
  };
}

/** ms until the schedule's next slot; undefined for a slot without one. */
export function untilNextSlot({ due }: Slot, now: number): number | undefined {
  return due?.next === undefined ? undefined : Math.max(1, due.next - now);
}

function defaultEarly(previous: number | undefined, next: number | undefined): number {
  if (previous === undefined || next === undefined) return EARLY_LIMIT;
  return Math.min(EARLY_LIMIT, Math.floor((next - previous) * EARLY_SHARE));
}

const LONGEST_SLOT_ID = 128;

function checkedSlotId(id: string): string {
  const bad =
    id === '' ||
    id.length > LONGEST_SLOT_ID ||
    !/^[\x21-\x7e]+$/.test(id) ||
    /[{}*?[\]\\]/.test(id);
  if (!bad) return id;
  throw usage(
    `--slot: ${quote(id)} is not a slot id; allowed are 1 to ${LONGEST_SLOT_ID} printable ASCII ` +
      'characters without spaces, braces, brackets, *, ? and \\',
  );
}

/** As much of a schedule as nodes are compared by. */
const LONGEST_SCHEDULE = 200;

/**
 * What a job's schedule is called in the records of the fleet, where it must hold no space.
 *
 * @param zone of a cron expression: an IANA name, or the node's offset from UTC
 * @returns percent-encoded, e.g. of `0 3 * * *|Europe/London` or `every 60000`; `-` without a schedule
 */
export function scheduleName(given: {
  readonly cron?: string | undefined;
  readonly zone?: string | undefined;
  readonly every?: number | undefined;
}): string {
  const { cron, zone, every } = given;
  if (cron !== undefined) {
    const fields = cron.trim().split(/\s+/).join(' ');
    return encodeURIComponent(`${fields}|${zone}`).slice(0, LONGEST_SCHEDULE);
  }
  return every === undefined ? '-' : encodeURIComponent(`every ${every}`);
}
