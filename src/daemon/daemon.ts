import { type Clock, sleep } from '../core/clock.js';
import { anyOf, type Stop, StopSwitch } from '../core/stop.js';
import { Beat, GAPS, type NodeCronLogger } from './beat.js';
import { watchClock } from './clock-watch.js';
import { Firings } from './firings.js';
import type { Firing, Grain, Job } from './job.js';
import { missedSlot } from './missed-slot.js';
import { StoreWatch } from './store-watch.js';
import { Timetable } from './timetable.js';

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

const GRAINS: readonly Grain[] = ['minute', 'second'];

/** Beats that did not come for so many gaps are not to be expected any more. */
const PATIENCE = 3;

/** ms after a tick when the bids that it began have been answered, as a rule. */
const AFTER_BIDS = 500;

/** Fires jobs by the beats of node-cron until told to stop. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #firings = new Firings();
  readonly #announced = new StopSwitch();
  readonly #due = new StopSwitch();
  readonly #atOnce = new StopSwitch();
  readonly #storeWatch: StoreWatch;
  #jobs: readonly Job[] = [];
  readonly #beats = new Map<Grain, Beat>();
  readonly #timetables = new Map<Grain, Timetable>();
  #isLate = false;
  /** A tick of the second may come before the minute's of the same instant. */
  #lastTicks: Record<Grain, number>;
  #lastBeat: number;
  #endClockWatch = () => {};

  constructor(options: DaemonOptions) {
    this.#options = options;
    const { reach, clock, events, now } = options;
    this.#lastTicks = { minute: now(), second: now() };
    this.#lastBeat = clock.monotonic();
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
    return this.#options.clock.monotonic() - this.#lastBeat < PATIENCE * GAPS.minute;
  }

  /** @param atStart begun once, with the time of the start */
  start(jobs: readonly Job[], atStart: readonly ((at: number) => Firing)[]): void {
    const { clock, now, events } = this.#options;
    const at = now();
    for (const begin of atStart) this.#firings.add(begin(at));
    this.replace(jobs);
    this.#endClockWatch = watchClock(clock, now, (ms) => {
      events.clockLeapt(ms);
      this.#startAnew();
    });
    void this.#storeWatch.watch();
    this.#catchUp();
  }

  /**
   * Goes on with other jobs. What runs is left alone, and so are the beats: a slot whose tick is
   * just about to come is not lost.
   */
  replace(jobs: readonly Job[]): void {
    if (this.#announced.requested) return;
    this.#jobs = jobs;
    for (const grain of GRAINS) {
      const own = jobs.filter((job) => job.grain === grain);
      this.#timetables.set(grain, new Timetable(own, this.#lastTicks[grain]));
      // The minute's beat is kept without jobs, too: it is the pulse.
      if (own.length > 0 || grain === 'minute') this.#beats.get(grain) ?? this.#startBeat(grain);
      else this.#endBeat(grain);
    }
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
    for (const grain of GRAINS) this.#endBeat(grain);
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

  #startBeat(grain: Grain): void {
    const { clock, logger, events } = this.#options;
    const beat = new Beat({
      grain,
      logger,
      tick: (instant) => this.#tick(grain, instant),
      missed: () => {
        // One call per beat, all at once.
        if (this.#isLate) return;
        this.#isLate = true;
        clock.after(0, () => {
          this.#isLate = false;
          events.late();
          this.#catchUp();
        });
      },
    });
    this.#beats.set(grain, beat);
    beat.start();
  }

  #endBeat(grain: Grain): void {
    this.#beats.get(grain)?.stop();
    this.#beats.delete(grain);
  }

  #tick(grain: Grain, instant: number): readonly Firing[] {
    const { clock } = this.#options;
    const timetable = this.#timetables.get(grain);
    const due = timetable?.dueAt(instant) ?? [];
    const firings = due
      .filter((job) => this.#firings.askedFor(job) !== instant)
      .map((job) => this.#firings.begin(job, instant, 'due'));
    this.#lastTicks[grain] = Math.max(this.#lastTicks[grain], instant);
    this.#lastBeat = clock.monotonic();
    clock.after(AFTER_BIDS, () => timetable?.plan());
    return firings;
  }

  /** By another time than before. Its minute and its second have begun without us, and are ticked now. */
  #startAnew(): void {
    const now = this.#options.now();
    const instants = { minute: lastInstant('minute', now), second: lastInstant('second', now) };
    const unseen = GRAINS.filter((grain) => instants[grain] > this.#lastTicks[grain]);
    this.#lastTicks = { minute: now, second: now };
    for (const grain of unseen) this.#lastTicks[grain] = instants[grain] - 1;
    this.#firings.forget();
    for (const grain of GRAINS) this.#endBeat(grain);
    this.replace(this.#jobs);
    for (const grain of unseen) this.#tick(grain, instants[grain]);
    this.#catchUp();
  }

  /** Each job's last slot, where nobody has bid for it here. */
  #catchUp(): void {
    const { catchUp, now } = this.#options;
    if (catchUp === undefined || this.#announced.requested) return;
    for (const job of this.#jobs.filter(({ catchesUp }) => catchesUp)) {
      const at = missedSlot(job, now(), catchUp, this.#firings.askedFor(job));
      if (at !== undefined) this.#firings.begin(job, at, 'catch-up');
    }
  }
}

/** The latest beat at or before `now`, ms since the epoch. */
function lastInstant(grain: Grain, now: number): number {
  return Math.floor(now / GAPS[grain]) * GAPS[grain];
}
