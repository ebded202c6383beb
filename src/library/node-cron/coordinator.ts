import { isDate } from 'node:util/types';
import type { ClaimStore, UnlockedRun } from '../../core/claim.js';
import type { Clock } from '../../core/clock.js';
import { quote, usage } from '../../core/errors.js';
import { checkJobKey } from '../../core/job-key.js';
import { DURATIONS } from '../../core/limits.js';
import { NO_RETRIES } from '../../core/retries.js';
import { runOnce } from '../../core/run-once.js';
import { scheduleName, slotOfUnknownSchedule } from '../../core/slot.js';
import { StopSwitch } from '../../core/stop.js';
import { newBidder } from '../bidder.js';
import { type Duration, readDuration } from '../election-options.js';
import type { RunContext } from '../run-once-per-slot.js';
import { checkShape, FUNCTION, type Shape, TEXT } from '../shapes.js';
import type { CoordinatorTerms, RedisCoordinatorOptions } from './options.js';
import type { RedisCoordinator, TaskContext } from './run-coordinator.js';
import { Tick } from './tick.js';
import { readTickKey, tickKey } from './tick-key.js';

/** Without a lock where that is wished when Redis is down. */
type AnyRun = RunContext | UnlockedRun;

/** A tick from the question whether to run to the record of how it ended. */
interface Attended {
  readonly tick: Tick<AnyRun>;
  readonly over: Promise<void>;
}

const CONTEXT: Shape = {
  fits: (context) => isDate(Reflect.get(Object(context), 'date')),
  words: 'what node-cron tells a function; it is not called by hand',
};

export interface CoordinatorParts {
  readonly store: ClaimStore;
  readonly clock: Clock;
  readonly terms: CoordinatorTerms;
  readonly callbacks: Pick<RedisCoordinatorOptions, 'onLeaseLost' | 'onNotRecorded' | 'onOutcome'>;
}

export class Coordinator implements RedisCoordinator<AnyRun> {
  readonly #parts: CoordinatorParts;
  readonly #closing = new StopSwitch();
  /** By node-cron's keys. */
  readonly #attended = new Map<string, Attended>();

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
  }

  async shouldRun(key: string, ttlMs: number): Promise<boolean> {
    checkShape(key, 'key', TEXT);
    if (this.#closing.requested) return false;
    // onComplete knows no more than the key: of two ticks with the same one it could not tell which.
    if (this.#attended.has(key)) {
      throw usage(
        `${quote(key)} is asked about twice: give each task of this process its own name`,
      );
    }
    const tick = new Tick<AnyRun>();
    const over = this.#attend(key, ttlMs, tick).finally(() => this.#attended.delete(key));
    this.#attended.set(key, { tick, over });
    return Promise.race([tick.elected.then(() => true), over.then(() => false)]);
  }

  async onComplete(key: string): Promise<void> {
    const attended = this.#attended.get(key);
    attended?.tick.complete();
    await attended?.over;
  }

  task<C extends TaskContext>(fn: (context: C, run: AnyRun) => unknown) {
    checkShape(fn, 'task', FUNCTION);
    return async (context: C): Promise<unknown> => {
      checkShape(context, 'context', CONTEXT);
      const name = context.task?.name ?? '';
      const tick = this.#attended.get(tickKey(name, context.date))?.tick;
      if (tick?.run === undefined) {
        throw usage(
          `task ${quote(name)} was not elected: give it this coordinator as runCoordinator, ` +
            'with distributed: true; execute() does not ask',
        );
      }
      try {
        return await fn(context, tick.run);
      } catch (error) {
        tick.fail();
        throw error;
      }
    };
  }

  async close(grace?: Duration): Promise<void> {
    const { store, clock } = this.#parts;
    const limit = grace === undefined ? undefined : readDuration(grace, 'grace', { min: 0 });
    this.#closing.request();
    const attended = [...this.#attended.values()];
    const cancel =
      limit === undefined
        ? undefined
        : clock.after(limit, () => {
            for (const { tick } of attended) tick.abandon();
          });
    await Promise.allSettled(attended.map(({ over }) => over));
    cancel?.();
    store.close();
  }

  /** Bids for a tick, and where it wins keeps the lease until the function has ended. */
  async #attend(taskKey: string, ttlMs: number, tick: Tick<AnyRun>): Promise<void> {
    const { store, clock, terms, callbacks } = this.#parts;
    const { name, at } = readTickKey(taskKey);
    const key = checkJobKey(name, 'name');
    const lease = terms.lease ?? readDuration(ttlMs, 'distributedLease', DURATIONS.lease);
    const slot = slotOfUnknownSchedule(at, terms.tolerance);
    const outcome = await runOnce({
      store,
      clock,
      bid: { ...terms.bid, ...newBidder(), key, slot, schedule: scheduleName({}), lease },
      ...terms.election,
      onUnavailable: terms.onRedisDown === 'run' ? (run) => tick.begin(run) : terms.onRedisDown,
      // node-cron runs a function once for each time that it was told to.
      retries: NO_RETRIES,
      now: Date.now,
      reserve: 0,
      stop: this.#closing,
      isHandedBack: () => this.#closing.requested,
      troubles: {
        leaseLost: (run) => {
          tick.loseLease();
          callbacks.onLeaseLost?.(run);
        },
        notRetried: () => {},
        restated: () => {},
        notRecorded: (run, cause) => callbacks.onNotRecorded?.(run, cause),
      },
      job: (run) => tick.begin({ ...run, leaseLost: tick.leaseLost }),
    });
    callbacks.onOutcome?.({ key, slot: slot.id, outcome });
  }
}
