import { quote, usage } from '../../core/errors.js';

/** What node-cron asks about: a tick of one of its tasks. */
export interface TickKey {
  /** Of the task, and so of the job. */
  readonly name: string;
  /** The scheduled instant, ms since the epoch: the tick's own, however late it comes. */
  readonly at: number;
}

/** A name may hold colons; an instant is what `Date.prototype.toISOString` writes. */
const KEY = /^(.+):(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/s;

/**
 * Reads the key that node-cron 4 gives a coordinator, e.g. `nightly:2026-11-23T03:00:00.000Z`.
 *
 * @throws Failure `usage`
 */
export function readTickKey(key: string): TickKey {
  const [, name, instant] = KEY.exec(key) ?? [];
  const at = Date.parse(instant ?? '');
  if (name !== undefined && !Number.isNaN(at)) return { name, at };
  throw usage(`${quote(key)} is not the name of a task and its tick, as node-cron 4 writes them`);
}

/** The inverse, from what node-cron tells a task's function. */
export function tickKey(name: string, date: Date): string {
  return `${name}:${date.toISOString()}`;
}
