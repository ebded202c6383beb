import { createTask, type RunCoordinator, type ScheduledTask, type TaskOptions } from 'node-cron';
import type { Firing, Grain } from './job.js';

/** Where node-cron is to put what it has to say. */
export type NodeCronLogger = NonNullable<TaskOptions['logger']>;

/** What node-cron is told to fire at. */
const EXPRESSIONS: Readonly<Record<Grain, string>> = {
  minute: '* * * * *',
  second: '* * * * * *',
};

/** Between two beats, ms. */
export const GAPS: Readonly<Record<Grain, number>> = { minute: 60_000, second: 1_000 };

export interface BeatOptions {
  readonly grain: Grain;
  /** Begins what is due at an instant, ms since the epoch. */
  tick(instant: number): readonly Firing[];
  /** Beats were missed: the process or the machine was suspended, or busy for longer than a gap. */
  missed(): void;
  readonly logger: NodeCronLogger;
}

/**
 * A task of node-cron that fires every minute or second. All jobs of a grain share it, and none of
 * its expressions is given to node-cron: docs/decisions/0011-daemon.md.
 *
 * Our claims are its run coordinator: it is asked with the tick's own date in the key, bids for
 * what is due at it, and answers whether this node has won anything to run.
 */
export class Beat {
  readonly #task: ScheduledTask;
  readonly #begun = new Map<string, readonly Firing[]>();

  constructor({ grain, tick, missed, logger }: BeatOptions) {
    const runCoordinator: RunCoordinator = {
      shouldRun: async (key) => {
        const firings = tick(instantOf(key));
        this.#begun.set(key, firings);
        const isElected = await anyElected(firings);
        if (!isElected) this.#begun.delete(key);
        return isElected;
      },
      onComplete: (key) => void this.#begun.delete(key),
    };
    const runAll = async (date: Date) => {
      const firings = this.#begun.get(keyOf(grain, date)) ?? [];
      await Promise.all(firings.map(({ ended }) => ended));
    };
    this.#task = createTask(EXPRESSIONS[grain], ({ date }) => runAll(date), {
      name: grain,
      // Every zone's minutes are UTC's, and UTC has no clock changes.
      timezone: 'UTC',
      distributed: true,
      runCoordinator,
      // A tick is good until the next one is due: node-cron asks for both.
      missedExecutionTolerance: GAPS[grain],
      logger,
    });
    this.#task.on('execution:missed', missed);
  }

  start(): void {
    void this.#task.start();
  }

  /** No further beat; what has begun goes on. */
  stop(): void {
    void this.#task.destroy();
  }
}

/** As node-cron writes it: the task's name, and the instant that it was fired for. */
function keyOf(grain: Grain, date: Date): string {
  return `${grain}:${date.toISOString()}`;
}

function instantOf(key: string): number {
  return Date.parse(key.slice(key.indexOf(':') + 1));
}

/** Resolves at the first that is elected, or when all are known not to be. */
function anyElected(firings: readonly Firing[]): Promise<boolean> {
  return new Promise((resolve) => {
    const answers = firings.map(async ({ elected }) => {
      if (await elected) resolve(true);
    });
    void Promise.all(answers).then(() => resolve(false));
  });
}
