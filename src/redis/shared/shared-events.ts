import type { Stop } from '../../core/stop.js';
import type { Awaited, Events } from '../events/events.js';
import { closed } from '../failures.js';
import type { Lookout } from './lookout.js';

interface Waiter {
  readonly awaited: Awaited;
  wake(): void;
  fail(error: unknown): void;
}

/**
 * Any number of waiters, who hinder neither a question nor one another: one lookout for all of them, which is
 * there as long as anybody waits.
 */
export class SharedEvents implements Events {
  readonly #open: () => Lookout;
  readonly #waiters = new Set<Waiter>();
  #lookout: Lookout | undefined;

  constructor(open: () => Lookout) {
    this.#open = open;
  }

  next(awaited: Awaited, within: number, stop: Stop): Promise<void> {
    if (stop.requested) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        awaited,
        wake() {
          leave();
          resolve();
        },
        fail(error) {
          leave();
          reject(error);
        },
      };
      const timer = setTimeout(waiter.wake, within);
      const cancelStop = stop.whenRequested(waiter.wake);
      const leave = () => {
        clearTimeout(timer);
        cancelStop();
        this.#waiters.delete(waiter);
        if (this.#waiters.size === 0) this.#endLookout();
      };
      this.#waiters.add(waiter);
      if (this.#lookout === undefined) void this.#keepLooking();
    });
  }

  close(): void {
    for (const waiter of this.#waiters) waiter.fail(closed());
  }

  async #keepLooking(): Promise<void> {
    const lookout = this.#open();
    this.#lookout = lookout;
    while (this.#lookout === lookout) await this.#look(lookout, [...this.#waiters]);
  }

  async #look(lookout: Lookout, waiters: readonly Waiter[]): Promise<void> {
    try {
      const sights = await lookout.look(eachOnce(waiters.map(({ awaited }) => awaited)));
      if (this.#lookout !== lookout) return;
      for (const { awaited, wake, fail } of waiters) {
        const sight = sights.get(awaited.stream);
        if (sight === 'news') wake();
        else if (sight !== undefined) fail(sight);
      }
    } catch (error) {
      if (this.#lookout !== lookout) return;
      for (const { fail } of waiters) fail(error);
    }
  }

  #endLookout(): void {
    this.#lookout?.close();
    this.#lookout = undefined;
  }
}

/**
 * Each stream, since the earliest entry that one of its waiters knows. Whoever knows more may be woken for
 * nothing, and asks once too often.
 */
function eachOnce(awaited: readonly Awaited[]): readonly Awaited[] {
  const earliest = new Map<string, Awaited>();
  for (const each of awaited) {
    const other = earliest.get(each.stream);
    if (other === undefined || isBefore(each.since, other.since)) earliest.set(each.stream, each);
  }
  return [...earliest.values()];
}

/** Ids are `<ms>-<sequence number>` (https://redis.io/docs/latest/develop/data-types/streams/#entry-ids). */
function isBefore(one: string, other: string): boolean {
  const [ms = 0, number = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherNumber = 0] = other.split('-').map(Number);
  return ms === otherMs ? number < otherNumber : ms < otherMs;
}
