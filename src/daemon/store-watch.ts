import { type Clock, sleep } from '../core/clock.js';
import { anyOf, type Stop, StopSwitch } from '../core/stop.js';

/** ms between two looks at a store that is there; keeps its connection known to every firewall. */
const PERIOD = 30_000;
/** ms between two looks at one that is away: doubled each time, up to the longest. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 10_000;
/** ms for one look. */
const WITHIN = 5_000;

export interface StoreWatchOptions {
  /** Asks the store for a sign of life. @throws Failure without one */
  reach(within: number): Promise<void>;
  readonly clock: Clock;
  readonly stop: Stop;
  /** Told once per outage, with the reason. */
  away(because: unknown): void;
  /** Told once the outage is over. */
  back(): void;
}

/** Knows when the store is away, so that an outage is told of before somebody misses a job. */
export class StoreWatch {
  readonly #options: StoreWatchOptions;
  #isAway = false;
  #hurry = () => {};

  constructor(options: StoreWatchOptions) {
    this.#options = options;
  }

  /** Watches until told to stop. */
  async watch(): Promise<void> {
    const { reach, clock, stop } = this.#options;
    let pause = FIRST_PAUSE;
    while (!stop.requested) {
      try {
        await reach(WITHIN);
        if (stop.requested) return;
        this.#found();
        pause = FIRST_PAUSE;
      } catch (error) {
        if (stop.requested) return;
        this.missed(error);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
      // Jitter: a fleet that lost its store does not come back in one moment.
      await this.#pause(this.#isAway ? pause * (0.5 + clock.random() / 2) : PERIOD);
    }
  }

  /** Somebody's question was not answered. */
  missed(because: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#options.away(because);
    this.#hurry();
  }

  #found(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.back();
  }

  #pause(ms: number): Promise<void> {
    const { clock, stop } = this.#options;
    const hurry = new StopSwitch();
    this.#hurry = () => hurry.request();
    return sleep(clock, ms, anyOf(stop, hurry));
  }
}
