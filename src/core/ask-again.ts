import { type Clock, sleep } from './clock.js';
import { Failure, NoAnswer } from './errors.js';
import { NEVER, type Stop } from './stop.js';

const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1_000;
/**
 * The first try is short, because a lost reply never comes; each further one is twice as long,
 * because a slow reply may come yet.
 */
const FIRST_TRY = 1_000;
const FIRST_TRY_SHARE = 1 / 3;
/** ms that are kept for the last try, which is of no use without. */
const LAST_TRY = 250;
const LAST_TRY_SHARE = 1 / 10;
/** With less than that left, another try would find what this one found. */
const SHORTEST_PAUSE = 25;

/** ms that an answer may take once we are told to stop: a claim that was counted is better heard of. */
const AFTER_STOP = 1_000;

export interface Patience {
  /** ms for the whole question. */
  readonly within: number;
  readonly clock: Clock;
  /** Ends the asking: at once between two tries, a second later in the midst of one. */
  readonly stop?: Stop;
}

/**
 * Asks until there is an answer. Silence is "unknown", never "no": only what a later try can mend
 * is tried again, and the question must be one that may be asked twice.
 *
 * @param ask asks once within `within` ms; `again` is true when an earlier try may have taken effect
 * @throws Failure the last one, when the time is up or another try cannot help
 */
export async function askUntilAnswered<T>(
  patience: Patience,
  ask: (within: number, again: boolean) => Promise<T>,
): Promise<T> {
  const { within, clock, stop = NEVER } = patience;
  const deadline = clock.monotonic() + within;
  let patienceWithTry = Math.min(FIRST_TRY, within * FIRST_TRY_SHARE);
  const lastTry = Math.min(LAST_TRY, within * LAST_TRY_SHARE);
  let again = false;
  let before: Failure | undefined;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const most = deadline - clock.monotonic();
    try {
      return await orStopped(ask(Math.max(1, Math.min(most, patienceWithTry)), again), patience);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'unavailable') throw error;
      // A try that only the deadline has ended tells less than the one before it.
      const isCutShort = most < patienceWithTry && clock.monotonic() >= deadline - SHORTEST_PAUSE;
      const failure = (isCutShort && before) || error;
      before = failure;
      again ||= error instanceof NoAnswer && error.maybeApplied;
      // Jitter, so that a fleet that was refused together does not come back together.
      // Shorter towards the end: time that is left is not given away.
      const left = deadline - clock.monotonic() - lastTry;
      if (left < SHORTEST_PAUSE || stop.requested) throw failure;
      await sleep(clock, Math.min(pause, left) * (0.5 + clock.random() / 2), stop);
      patienceWithTry *= 2;
    }
  }
}

async function orStopped<T>(answer: Promise<T>, { clock, stop = NEVER }: Patience): Promise<T> {
  if (stop === NEVER) return answer;
  let cancelTimer = () => {};
  let cancelStop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new NoAnswer('told to stop before Redis answered', true));
    cancelStop = stop.whenRequested(() => {
      cancelTimer = clock.after(AFTER_STOP, giveUp);
    });
  });
  try {
    return await Promise.race([answer, stopped]);
  } finally {
    cancelStop();
    cancelTimer();
  }
}
