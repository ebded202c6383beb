import { type Answered, isAboutKeys } from './answered.js';
import { NEEDED_COMMANDS, TRIAL, type TrialKeys, WAIT_COMMAND } from './needed-commands.js';
import type { Session } from './session.js';

/** What became of trying one command. */
export interface Trial {
  readonly command: string;
  /** Missing when it was not tried, because what it makes could not be made to expire. */
  readonly answer?: Answered<unknown>;
}

/**
 * Tries every command that `run` needs, once, on keys of our own that are gone after some seconds. To do
 * is surer than ACL DRYRUN, which few users may ask and old servers have not, and it finds what else
 * refuses a write. An ACL is asked before all else, so that on a cluster each server can judge.
 *
 * @param id random, so that two doctors do not meet
 * @param replicas whether `--replicas` is asked for
 */
export async function tryRights(
  session: Session,
  prefix: string,
  id: string,
  replicas: boolean,
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
  const commands = replicas ? [...NEEDED_COMMANDS, WAIT_COMMAND] : NEEDED_COMMANDS;
  const trials: Trial[] = [];
  let mayExpire = false;
  for (const { name, args, makes } of commands) {
    if (makes !== undefined && !mayExpire) {
      trials.push({ command: name });
      continue;
    }
    const answer = await session.ask(name, ...args(keys));
    trials.push({ command: name, answer });
    // Who may not touch the keys makes none either.
    if (name === 'PEXPIRE') mayExpire = answer.kind === 'answered' || isAboutKeys(answer);
    if (makes !== undefined) await session.ask('PEXPIRE', makes(keys), TRIAL);
  }
  return trials;
}
