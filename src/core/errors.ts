/**
 * What can break. Losing a claim is never an error: it is a value (see claim.ts).
 *
 * | kind          | meaning                                                          |
 * | ------------- | ---------------------------------------------------------------- |
 * | `usage`       | the caller asked for something that cannot be: flag, key, cron   |
 * | `config`      | a file, URL or certificate is wrong                              |
 * | `unavailable` | Redis cannot be reached or cannot serve right now: try later     |
 * | `protocol`    | Redis answered something that our script never returns           |
 * | `denied`      | authentication or access rights                                  |
 */
export type FailureKind = 'usage' | 'config' | 'unavailable' | 'protocol' | 'denied';

/** The one error type that this project throws on purpose; anything else is a bug of ours. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly kind: FailureKind,
    /** One line for the person on call: what is wrong and what is allowed. Never holds a secret. */
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Redis gave no answer: what it was asked may or may not have taken effect. */
export class NoAnswer extends Failure {
  constructor(
    message: string,
    /** False when it was certainly never asked. */
    readonly maybeApplied: boolean,
  ) {
    super('unavailable', message);
  }
}

/** Shorthand for the most common failure. */
export function usage(message: string): Failure {
  return new Failure('usage', message);
}

const LONGEST_QUOTE = 60;
/** PATH_MAX */
const LONGEST_PATH = 4_096;

/** What JSON leaves as it is, and a terminal does not: C1 controls, line ends, changes of direction. */
const UNSEEN = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Quotes a value that a user gave so that it stays on one line, whatever it holds. */
export function quote(value: string): string {
  return quoteUpTo(LONGEST_QUOTE, value);
}

/** Of a file's name the end says more than the beginning: it is shown whole, whatever Linux takes. */
export function quotePath(path: string): string {
  return quoteUpTo(LONGEST_PATH, path);
}

/** The login of a URL, which may stand where another value is asked for. */
const LOGIN = /(:\/\/)[^\s/]*@/g;

function quoteUpTo(longest: number, given: string): string {
  const value = given.replace(LOGIN, '$1…@');
  const shown = value.length > longest ? `${value.slice(0, longest)}…` : value;
  return JSON.stringify(shown).replace(
    UNSEEN,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
