import type { Stop } from '../../core/stop.js';
import type { Route, Sending } from '../route/route.js';
import type { Awaited, Events } from './events.js';
import { awaitStreams } from './read-streams.js';

/**
 * Waits on the very connection that the questions use: all that a process needs that asks one
 * thing after the other.
 */
export class EventsOnRoute implements Events {
  readonly #route: Route;

  constructor(route: Route) {
    this.#route = route;
  }

  async next(awaited: Awaited, within: number, stop: Stop): Promise<void> {
    const wait = async ({ link, within }: Sending) => {
      // A blocked connection answers nothing else, so it is given up for the next question.
      const cancel = stop.whenRequested(() => link.close());
      try {
        if (!stop.requested) await awaitStreams(link, [awaited], within);
      } finally {
        cancel();
      }
    };
    try {
      await this.#route.ask(awaited.job, wait, within);
    } catch (error) {
      if (!stop.requested) throw error;
    }
  }

  /** The route is its owner's. */
  close(): void {}
}
