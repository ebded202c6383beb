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
  #route: Route | undefined;

  /** @param open a route of its own: the connection answers nothing else meanwhile */
  constructor(open: () => Route) {
    this.#open = open;
  }

  async look(awaited: readonly Awaited[]): Promise<ReadonlyMap<string, Sight>> {
    this.#route ??= this.#open();
    return this.#route.ask(
      awaited[0]?.job ?? '',
      async ({ link, within }) => {
        try {
          return sightsOf(await awaitStreams(link, awaited, within));
        } catch (error) {
          if (!(error instanceof Refusal) || !link.usable) throw error;
          // A single stream that may not be read, or is none, spoils it for all.
          return lookAtEach(awaited, (each) => lookAtStreams(link, [each], within));
        }
      },
      LOOK,
    );
  }

  close(): void {
    this.#route?.close();
  }
}
