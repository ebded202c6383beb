import type { Duration } from '../election-options.js';
import type { RunContext } from '../run-once-per-slot.js';

/** What node-cron tells a task's function, as far as it is needed here. */
export interface TaskContext {
  /** The tick's own instant. */
  readonly date: Date;
  readonly task?: { readonly name?: string };
}

/**
 * A `runCoordinator` of node-cron 4. One serves any number of tasks, over one connection that is made
 * anew when it breaks and that keeps the process alive until it is closed.
 *
 * @template R what a wrapped function is told about its run
 */
export interface RedisCoordinator<R = RunContext> {
  /**
   * Asked by node-cron at each tick, on every node. With `takeover` or `overlap: 'wait'` the answer may
   * take as long as the run that is waited for. False once it was closed.
   *
   * @param key the task's name and the tick, e.g. `nightly:2026-11-23T03:00:00.000Z`
   * @param ttlMs the task's `distributedLease`
   * @throws Failure when there was no decision: node-cron logs it and skips the tick
   */
  shouldRun(key: string, ttlMs: number): Promise<boolean>;
  /** Told by node-cron when the function has ended, however that was. Resolves once it is recorded. */
  onComplete(key: string): Promise<void>;
  /**
   * Wraps the function of a task that has this coordinator, so that it is told about its run (fence, slot,
   * `leaseLost`, …), and so that the record says `failed` where it throws: node-cron passes neither on.
   *
   * @returns the function for node-cron. It throws a Failure `usage` where nobody was elected:
   * `task.execute()` does not ask
   */
  task<C extends TaskContext>(
    fn: (context: C, run: R) => unknown,
  ): (context: C) => Promise<unknown>;
  /**
   * Bids no more, waits for the functions that run, and closes the connection. The slot of one that
   * throws meanwhile is handed back, where others stand by (`takeover`).
   *
   * @param grace how long to wait; default as long as it takes. What still runs then loses its lease,
   * and counts as failed
   */
  close(grace?: Duration): Promise<void>;
}
