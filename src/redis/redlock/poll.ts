import { Failure } from '../../core/errors.js';

/** More than half. */
export function majorityOf(masters: number): number {
  return Math.floor(masters / 2) + 1;
}

/** What several masters answered to one question, in their order. */
export interface Poll<T> {
  readonly yes: readonly T[];
  readonly no: readonly T[];
  readonly failures: readonly Failure[];
}

type Seen<T> = readonly (PromiseSettledResult<T> | undefined)[];

/**
 * Waits until a majority has said yes, or cannot any more; then a little longer for the others, so
 * that they hear of it before this process ends.
 *
 * @param grace ms for the others
 * @throws what is no Failure
 */
export async function poll<T>(
  asked: readonly Promise<T>[],
  isYes: (answer: T) => boolean,
  grace = 0,
): Promise<Poll<T>> {
  const seen: (PromiseSettledResult<T> | undefined)[] = asked.map(() => undefined);
  await new Promise<void>((resolve) => {
    for (const [index, answer] of asked.entries()) {
      void Promise.allSettled([answer]).then(([result]) => {
        seen[index] = result;
        if (isDecided(seen, isYes)) resolve();
      });
    }
  });
  if (grace > 0) await atMost(grace, Promise.allSettled(asked));
  return read(seen, isYes);
}

function isDecided<T>(seen: Seen<T>, isYes: (answer: T) => boolean): boolean {
  const answered = seen.filter((each) => each !== undefined);
  const yes = answered.filter((each) => each.status === 'fulfilled' && isYes(each.value)).length;
  const quorum = majorityOf(seen.length);
  return yes >= quorum || answered.length - yes > seen.length - quorum;
}

function read<T>(seen: Seen<T>, isYes: (answer: T) => boolean): Poll<T> {
  const yes: T[] = [];
  const no: T[] = [];
  const failures: Failure[] = [];
  for (const each of seen) {
    if (each?.status === 'fulfilled') (isYes(each.value) ? yes : no).push(each.value);
    if (each?.status !== 'rejected') continue;
    if (!(each.reason instanceof Failure)) throw each.reason;
    failures.push(each.reason);
  }
  return { yes, no, failures };
}

function atMost(ms: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void done.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
