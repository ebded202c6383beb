import { type Clock, sleep } from '../../core/clock.js';
import { StopSwitch } from '../../core/stop.js';
import type { Awaited } from '../events/events.js';
import { lookAtStreams } from '../events/read-streams.js';
import type { Route } from '../route/route.js';
import { LOOK, type Lookout, lookAtEach, type Sight } from './lookout.js';

/**
 * Looks once a second, by the way that the questions take as well: for a cluster, where one blocking read
 * may not ask for streams of different hash slots, and a blocked connection for each would be as many as
 * there are jobs that wait, for each node of a fleet.
 */
export class PollingLookout implements Lookout {
  readonly #route: Route;
  readonly #clock: Clock;
  readonly #over = new StopSwitch();
  #hasLooked = false;

  constructor(route: Route, clock: Clock) {
    this.#route = route;
    this.#clock = clock;
  }

  async look(awaited: readonly Awaited[]): Promise<ReadonlyMap<string, Sight>> {
    if (this.#hasLooked) await sleep(this.#clock, LOOK, this.#over);
    this.#hasLooked = true;
    if (this.#over.requested) return new Map();
    return lookAtEach(awaited, (each) =>
      this.#route.ask(each.job, ({ link, within }) => lookAtStreams(link, [each], within), LOOK),
    );
  }

  /** The route is its owner's. */
  close(): void {
    this.#over.request();
  }
}
