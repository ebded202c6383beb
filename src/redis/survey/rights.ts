import { type Answered, isAboutKeys } from './answered.js';
import { type NeededCommand, TRIAL, type TrialKeys } from './needed-commands.js';
import type { Session } from './session.js';

/** What became of trying one command. */
export interface Trial {
  readonly command: string;
  /** Missing when it was not tried, because what it makes could not be made to expire. */
  readonly answer?: Answered<unknown>;
  /** What becomes of jobs without it, where they run all the same. */
  readonly without?: string;
}

/**
 * Tries every command, once, on keys of our own that are gone after some seconds. To do
 * is surer than ACL DRYRUN, which few users may ask and old servers have not, and it finds what else
 * refuses a write. An ACL is asked before all else, so that on a cluster each server can judge.
 *
 * @param id random, so that two doctors do not meet
 * @param commands what `run` needs here
 */
export async function tryRights(
  session: Session,
  prefix: string,
  id: string,
  commands: readonly NeededCommand[],
): Promise<readonly Trial[]> {
  // No job has such keys: theirs begin with the prefix and a brace.
  const base = `${prefix}:doctor:{${id}}`;
  const keys: TrialKeys = {
    counter: `${base}:counter`,
    hash: `${base}:hash`,
    stream: `${base}:stream`,
    sortedSet: `${base}:sorted-set`,
    set: `${base}:set`,
  };
  const trials: Trial[] = [];
  let mayExpire = false;
  for (const { name, args, makes, without } of commands) {
    const trial = { command: name, ...(without !== undefined && { without }) };
    if (makes !== undefined && !mayExpire) {
      trials.push(trial);
      continue;
    }
    const answer = await session.ask(name, ...args(keys));
    trials.push({ ...trial, answer });
    // Who may not touch the keys makes none either.
    if (name === 'PEXPIRE') mayExpire = answer.kind === 'answered' || isAboutKeys(answer);
    if (makes !== undefined) await session.ask('PEXPIRE', makes(keys), TRIAL);
  }
  return trials;
}
