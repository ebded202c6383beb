import { askUntilAnswered } from './ask-again.js';
import type { ClaimStore, UnlockedNote } from './claim.js';
import { type Clock, sleep } from './clock.js';
import { StopSwitch } from './stop.js';

/** ms between two questions to a store that is away: doubled each time, up to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;
/** ms that a question may take while the job runs: nothing waits for it. */
const LONGEST_QUESTION = 5_000;
/** ms for the last try where the store has never been back: the job's caller waits for it. */
const LAST_TRY = 1_000;

export interface KeepTelling {
  readonly store: Pick<ClaimStore, 'noteUnlocked'>;
  readonly clock: Clock;
  /** ms for the last try, where the store has been back. */
  readonly within: number;
}

export interface HistoryTeller {
  /** Has this told, after what was to be told before it. */
  tell(note: UnlockedNote): void;
  /** Tries once more, and ends the telling. @returns whether all is told */
  conclude(): Promise<boolean>;
}

/**
 * Tells the history of unlocked runs once the store is back: now and then, in the background, until it
 * is told or given up. Nothing that goes wrong here is the job's.
 */
export function keepTelling({ store, clock, within }: KeepTelling): HistoryTeller {
  let untold: readonly UnlockedNote[] = [];
  let telling = false;
  let answered = false;
  const over = new StopSwitch();

  const tellNext = async (next: UnlockedNote, ms: number) => {
    await store.noteUnlocked(next, ms);
    answered = true;
    untold = untold.filter((other) => other !== next);
  };

  const tellNowAndThen = async () => {
    telling = true;
    let pause = FIRST_PAUSE;
    while (untold.length > 0) {
      // Jitter, and the first pause: a fleet without locks does not come back together.
      await sleep(clock, pause * (0.5 + clock.random() / 2), over);
      const [next] = untold;
      if (next === undefined || over.requested) break;
      try {
        await tellNext(next, Math.min(within, LONGEST_QUESTION));
        pause = FIRST_PAUSE;
      } catch {
        // Whatever broke, it may be mended before the job has ended.
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    }
    telling = false;
  };

  return {
    tell(note) {
      // What ended before its beginning was told is told by its end.
      untold = [...untold.filter(({ run }) => run.attempt !== note.run.attempt), note];
      if (!telling) void tellNowAndThen();
    },
    async conclude() {
      over.request();
      const lastTry = { within: answered ? within : Math.min(within, LAST_TRY), clock };
      try {
        for (const next of untold) await askUntilAnswered(lastTry, (left) => tellNext(next, left));
        return true;
      } catch {
        return false;
      }
    },
  };
}
