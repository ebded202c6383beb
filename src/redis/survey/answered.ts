import type { Failure } from '../../core/errors.js';

/** What a server said to one question. A refusal is a fact like any other: managed services refuse much. */
export type Answered<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | {
      readonly kind: 'refused';
      /** One line, for people. */
      readonly why: string;
      /** The user may not ask that, or the server offers no such command. */
      readonly forbidden: boolean;
    };

/** Reads an answer further; `read` gives undefined for what it cannot read. */
export function mapAnswer<T, U>(
  answer: Answered<T>,
  read: (value: T) => U | undefined,
): Answered<U> {
  if (answer.kind === 'refused') return answer;
  const value = read(answer.value);
  if (value !== undefined) return { kind: 'answered', value };
  return { kind: 'refused', why: 'the answer does not tell', forbidden: false };
}

export function refusal(failure: Failure): Answered<never> {
  return { kind: 'refused', why: failure.message, forbidden: isForbidden(failure) };
}

/**
 * Tells a question that is not permitted from a login that failed: both are `denied`. A renamed command
 * is unknown (redis.conf, rename-command), a subcommand may be younger than the server.
 */
export function isForbidden({ kind, message }: Failure): boolean {
  const isAboutUs = kind === 'denied' || kind === 'protocol';
  return isAboutUs && /\bNOPERM\b|unknown (?:sub)?command|not allowed/i.test(message);
}

/** Whether it was the keys that the user may not touch, and not the command (Redis 6 and 7, src/acl.c). */
export function isAboutKeys(answer: Answered<unknown>): boolean {
  return answer.kind === 'refused' && /access (?:a key|one of the keys)/i.test(answer.why);
}
