import { type Clock, sleep } from '../../core/clock.js';
import { StopSwitch } from '../../core/stop.js';
import type { Awaited } from '../events/events.js';
import { awaitStreams, lookAtStreams } from '../events/read-streams.js';
import { Refusal } from '../failures.js';
import type { Route } from '../route/route.js';
import { LOOK, type Lookout, lookAtEach, type Sight, sightsOf } from './lookout.js';

/**
 * One blocked connection for all streams, where they are on one server. A blocked client cannot be told of
 * another stream, so that it asks anew every second.
 */
export class BlockingLookout implements Lookout {
  readonly #open: () => Route;
  readonly #clock: Clock;
  readonly #over = new StopSwitch();
  /** The last look was refused: what refuses it would do so again at once. */
  #wasRefused = false;
  #route: Route | undefined;

  /** @param open a route of its own: the connection answers nothing else meanwhile */
  constructor(open: () => Route, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  async look(awaited: readonly Awaited[]): Promise<ReadonlyMap<string, Sight>> {
    if (this.#wasRefused) await sleep(this.#clock, LOOK, this.#over);
    if (this.#over.requested) return new Map();
    this.#wasRefused = false;
    this.#route ??= this.#open();
    return this.#route.ask(
      awaited[0]?.job ?? '',
      async ({ link, within }) => {
        try {
          return sightsOf(await awaitStreams(link, awaited, within));
        } catch (error) {
          if (!(error instanceof Refusal) || !link.usable) throw error;
          // A single stream that may not be read, or is none, spoils it for all; and what hides a cluster
          // behind one address may not read several at once.
          this.#wasRefused = true;
          return lookAtEach(awaited, (each) => lookAtStreams(link, [each], within));
        }
      },
      LOOK,
    );
  }

  close(): void {
    this.#over.request();
    this.#route?.close();
  }
}
