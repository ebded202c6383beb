import { type Clock, sleep } from '../core/clock.js';
import { anyOf, type Stop, StopSwitch } from '../core/stop.js';
import type { NodeCronLogger } from './beat.js';
import { watchClock } from './clock-watch.js';
import { Firings } from './firings.js';
import type { Firing, Job } from './job.js';
import { missedSlot } from './missed-slot.js';
import { StoreWatch } from './store-watch.js';
import { Ticks } from './ticks.js';

/** What the daemon has to tell. */
export interface DaemonEvents {
  /** The store cannot be reached; said once per outage. */
  redisAway(because: unknown): void;
  redisBack(): void;
  /** Beats were missed, and with them perhaps slots. */
  late(): void;
  /** The wall clock has leapt by so many ms, or the machine was suspended for so long. */
  clockLeapt(ms: number): void;
  /** It was told to stop, and `running` bids and runs are waited for. */
  waitingFor(running: number): void;
}

export interface DaemonOptions {
  /** Asks the store for a sign of life. @throws Failure without one */
  reach(within: number): Promise<void>;
  readonly clock: Clock;
  /** The wall clock, ms since the epoch. */
  now(): number;
  /** How far back a slot is caught up on that nobody ran, ms; undefined: never. */
  readonly catchUp?: number | undefined;
  readonly events: DaemonEvents;
  /** What node-cron has to say. */
  readonly logger: NodeCronLogger;
}

/** The three steps of stopping, each told to whoever has begun something. */
export interface Leaving {
  /** Nothing begins any more, and nobody stands by. */
  readonly announced: Stop;
  /** The time of grace is over: running jobs are to end, for another node to run. */
  readonly due: Stop;
  /** No more waiting. */
  readonly atOnce: Stop;
}

/** Fires jobs by the beats of node-cron until told to stop. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #firings = new Firings();
  readonly #announced = new StopSwitch();
  readonly #due = new StopSwitch();
  readonly #atOnce = new StopSwitch();
  readonly #ticks: Ticks;
  readonly #storeWatch: StoreWatch;
  #jobs: readonly Job[] = [];
  #endClockWatch = () => {};

  constructor(options: DaemonOptions) {
    this.#options = options;
    const { reach, clock, now, events, logger } = options;
    this.#ticks = new Ticks({
      clock,
      now,
      logger,
      due: (jobs, instant) =>
        jobs
          .filter((job) => this.#firings.askedFor(job) !== instant)
          .filter((job) => !this.#firings.isUnderWay(job, instant))
          .map((job) => this.#firings.begin(job, instant, 'due')),
      late: () => {
        events.late();
        this.#catchUp();
      },
    });
    this.#storeWatch = new StoreWatch({
      reach,
      clock,
      stop: this.#announced,
      away: (because) => events.redisAway(because),
      back: () => {
        events.redisBack();
        this.#catchUp();
      },
    });
  }

  get leaving(): Leaving {
    return { announced: this.#announced, due: this.#due, atOnce: this.#atOnce };
  }

  /** Whether beats come as they should. */
  get isBeating(): boolean {
    return this.#ticks.isBeating;
  }

  /** @param atStart begun once, with the time of the start */
  start(jobs: readonly Job[], atStart: readonly ((at: number) => Firing)[]): void {
    const { clock, now, events } = this.#options;
    const at = now();
    for (const begin of atStart) this.#firings.add(begin(at));
    this.replace(jobs);
    this.#endClockWatch = watchClock(clock, now, (ms) => {
      events.clockLeapt(ms);
      this.#firings.forget();
      this.#ticks.startAnew();
      this.#catchUp();
    });
    void this.#storeWatch.watch();
    this.#catchUp();
  }

  /** Goes on with other jobs. What runs is left alone. */
  replace(jobs: readonly Job[]): void {
    if (this.#announced.requested) return;
    this.#jobs = jobs;
    this.#ticks.replace(jobs);
  }

  /** A question of some job's was not answered. */
  unanswered(because: unknown): void {
    this.#storeWatch.missed(because);
  }

  /**
   * Fires nothing more, waits for what runs, and has it ended when the time is up.
   *
   * @param grace ms
   */
  async stop(grace: number): Promise<void> {
    const { clock, events } = this.#options;
    this.#ticks.end();
    this.#endClockWatch();
    this.#announced.request();
    const over = new StopSwitch();
    const ended = this.#firings.ended().then(() => over.request());
    await Promise.resolve();
    if (this.#firings.count > 0) events.waitingFor(this.#firings.count);
    await sleep(clock, grace, anyOf(over, this.#atOnce));
    this.#due.request();
    await ended;
  }

  /** Ends what still runs, now. */
  stopAtOnce(): void {
    this.#due.request();
    this.#atOnce.request();
  }

  /** Each job's last slot, where nobody has bid for it here. */
  #catchUp(): void {
    const { catchUp, now } = this.#options;
    if (catchUp === undefined || this.#announced.requested) return;
    for (const job of this.#jobs.filter(({ catchesUp }) => catchesUp)) {
      const at = missedSlot(job, now(), catchUp, this.#firings.askedFor(job));
      if (at === undefined || this.#firings.isUnderWay(job, at)) continue;
      this.#firings.begin(job, at, 'catch-up');
    }
  }
}
