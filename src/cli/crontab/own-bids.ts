import { Failure } from '../../core/errors.js';
import type { Entry } from '../../schedule/crontab/crontab.js';
import { ownCalls } from '../../schedule/crontab/is-wrapped.js';
import { OPTIONS } from '../run/options.js';
import { parseFlags } from '../run/parse-flags.js';
import { type Flags, readPlainFlags } from '../run/plain-flags.js';
import { splitArgv } from '../split-argv.js';

/** What a wrapped entry bids for by itself. */
export interface OwnBid {
  readonly key: string;
  readonly flags: Flags;
  /** What is run: two bids with the same are for one job, whatever their schedules. */
  readonly job: string;
}

/**
 * The bids of an entry; none where it is not wrapped. Where the words of a call are wrong, or its key is told
 * by the shell only (`--key "$NAME"`), nothing is known of it: to say so is for `run`.
 */
export function ownBids(entry: Entry): readonly OwnBid[] {
  return ownCalls(entry.command).flatMap((words) => {
    const { own, command = [] } = splitArgv(words);
    const flags = flagsOf(own);
    const key = flags && keyOf(flags, entry);
    if (flags === undefined || key === undefined) return [];
    const job = JSON.stringify([flags.get('shell'), command, entry.stdin, entry.user]);
    return [{ key, flags, job }];
  });
}

function flagsOf(own: readonly string[]): Flags | undefined {
  const flags = readPlainFlags(own) ?? unlessWrong(() => parseFlags(own, true));
  return flags === 'help' ? undefined : flags;
}

function keyOf(flags: Flags, { environment }: Entry): string | undefined {
  const { key } = OPTIONS;
  const [written] = flags.get('key') ?? key.env.map((name) => environment.get(name));
  if (written === undefined || /[$`]/.test(written)) return undefined;
  return unlessWrong(() => key.read(written, 'key'));
}

function unlessWrong<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
