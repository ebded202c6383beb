import { Failure } from '../../core/errors.js';
import type { Awaited } from '../events/events.js';

/** What became of a stream that was looked at: there is news, or it cannot be looked at. */
export type Sight = 'news' | Failure;

/** Looks for news on behalf of all that wait. */
export interface Lookout {
  /**
   * Looks once, for a second or so: whoever comes meanwhile is looked for at the next look.
   *
   * @param awaited each stream once, at least one
   * @returns by stream; nothing of those without news
   * @throws Failure when none of them can be looked at
   */
  look(awaited: readonly Awaited[]): Promise<ReadonlyMap<string, Sight>>;
  /** Ends the look that is under way, and connections of its own. */
  close(): void;
}

/** ms of one look. */
export const LOOK = 1_000;

export function sightsOf(streams: ReadonlySet<string>): ReadonlyMap<string, Sight> {
  return new Map([...streams].map((stream) => [stream, 'news']));
}

/** Looks at each stream by itself: what is wrong with one is not the others' trouble. */
export async function lookAtEach(
  awaited: readonly Awaited[],
  look: (each: Awaited) => Promise<ReadonlySet<string>>,
): Promise<ReadonlyMap<string, Sight>> {
  const sights = new Map<string, Sight>();
  await Promise.all(
    awaited.map(async (each) => {
      try {
        if ((await look(each)).has(each.stream)) sights.set(each.stream, 'news');
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        sights.set(each.stream, error);
      }
    }),
  );
  return sights;
}
