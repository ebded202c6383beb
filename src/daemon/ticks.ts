import type { Clock } from '../core/clock.js';
import { Beat, GAPS, type NodeCronLogger } from './beat.js';
import type { Firing, Grain, Job } from './job.js';
import { Timetable } from './timetable.js';

export interface TicksOptions {
  readonly clock: Clock;
  /** The wall clock, ms since the epoch. */
  now(): number;
  /** Begins what is due at an instant, ms since the epoch. */
  due(jobs: readonly Job[], instant: number): readonly Firing[];
  /** Beats were missed, and with them perhaps slots. */
  late(): void;
  readonly logger: NodeCronLogger;
}

const GRAINS: readonly Grain[] = ['minute', 'second'];

/** Beats that did not come for so many gaps are not to be expected any more. */
const PATIENCE = 3;

/** ms after a tick when the bids that it began have been answered, as a rule. */
const AFTER_BIDS = 500;

/** The beats of all grains, and which jobs are due at each. */
export class Ticks {
  readonly #options: TicksOptions;
  readonly #beats = new Map<Grain, Beat>();
  readonly #timetables = new Map<Grain, Timetable>();
  #jobs: readonly Job[] = [];
  #isLate = false;
  /** A tick of the second may come before the minute's of the same instant. */
  #lastTicks: Record<Grain, number>;
  #lastBeat: number;

  constructor(options: TicksOptions) {
    this.#options = options;
    const { clock, now } = options;
    this.#lastTicks = { minute: now(), second: now() };
    this.#lastBeat = clock.monotonic();
  }

  /** Whether beats come as they should. */
  get isBeating(): boolean {
    return this.#options.clock.monotonic() - this.#lastBeat < PATIENCE * GAPS.minute;
  }

  /** Goes on with other jobs and the same beats: a slot whose tick is just about to come is not lost. */
  replace(jobs: readonly Job[]): void {
    this.#jobs = jobs;
    for (const grain of GRAINS) {
      const own = jobs.filter((job) => job.grain === grain);
      this.#timetables.set(grain, new Timetable(own, this.#lastTicks[grain]));
      // The minute's beat is kept without jobs, too: it is the pulse.
      if (own.length > 0 || grain === 'minute') this.#beats.get(grain) ?? this.#startBeat(grain);
      else this.#endBeat(grain);
    }
  }

  /** By another time than before. Its minute and its second have begun without us, and are ticked now. */
  startAnew(): void {
    const now = this.#options.now();
    const instants = { minute: lastInstant('minute', now), second: lastInstant('second', now) };
    const unseen = GRAINS.filter((grain) => instants[grain] > this.#lastTicks[grain]);
    this.#lastTicks = { minute: now, second: now };
    for (const grain of unseen) this.#lastTicks[grain] = instants[grain] - 1;
    this.end();
    this.replace(this.#jobs);
    for (const grain of unseen) this.#tick(grain, instants[grain]);
  }

  end(): void {
    for (const grain of GRAINS) this.#endBeat(grain);
  }

  #startBeat(grain: Grain): void {
    const beat = new Beat({
      grain,
      logger: this.#options.logger,
      tick: (instant) => this.#tick(grain, instant),
      missed: () => this.#missed(),
    });
    this.#beats.set(grain, beat);
    beat.start();
  }

  #endBeat(grain: Grain): void {
    this.#beats.get(grain)?.stop();
    this.#beats.delete(grain);
  }

  /** One call per beat, all at once. */
  #missed(): void {
    if (this.#isLate) return;
    this.#isLate = true;
    const { clock, late } = this.#options;
    clock.after(0, () => {
      this.#isLate = false;
      late();
    });
  }

  #tick(grain: Grain, instant: number): readonly Firing[] {
    const { clock, due } = this.#options;
    const timetable = this.#timetables.get(grain);
    const firings = due(timetable?.dueAt(instant) ?? [], instant);
    this.#lastTicks[grain] = Math.max(this.#lastTicks[grain], instant);
    this.#lastBeat = clock.monotonic();
    clock.after(AFTER_BIDS, () => timetable?.plan());
    return firings;
  }
}

/** The latest beat at or before `now`, ms since the epoch. */
function lastInstant(grain: Grain, now: number): number {
  return Math.floor(now / GAPS[grain]) * GAPS[grain];
}
