import { Failure, type FailureKind } from '../core/errors.js';

/** Exit codes of our own, after sysexits.h, timeout(1) and the POSIX shell. The job's own come first. */
export const EXIT = {
  ok: 0,
  usage: 64,
  bug: 70,
  unavailable: 75,
  protocol: 76,
  denied: 77,
  config: 78,
  leaseLost: 122,
  timedOut: 124,
  notExecutable: 126,
  notFound: 127,
  /** Plus the signal's number. */
  signal: 128,
} as const;

export const EXIT_OF_FAILURE: Readonly<Record<FailureKind, number>> = {
  usage: EXIT.usage,
  unavailable: EXIT.unavailable,
  protocol: EXIT.protocol,
  denied: EXIT.denied,
  config: EXIT.config,
};

export function exitCodeOf(error: unknown): number {
  return error instanceof Failure ? EXIT_OF_FAILURE[error.kind] : EXIT.bug;
}
