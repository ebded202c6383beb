import { statSync } from 'node:fs';
import process from 'node:process';
import { quote } from '../core/errors.js';
import { findCommand } from './find-command.js';
import type { NotStarted, NotStartedCause } from './job-end.js';
import { SHELL } from './spawn-job.js';

interface Attempt {
  readonly command: string;
  readonly shell: boolean;
  readonly interpreter?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string | undefined;
}

const NO_RESOURCES: Readonly<Record<string, string>> = {
  EAGAIN: 'the limit on processes is reached',
  ENOMEM: 'out of memory',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
};

/** Tells from the error of a failed spawn why there is no job, in one line. */
export function notStarted(error: unknown, attempt: Attempt): NotStarted {
  const code = errorCode(error);
  const command = quote(attempt.command);
  const because = (cause: NotStartedCause, reason: string): NotStarted => ({
    kind: 'not-started',
    cause,
    reason: `${command}: ${reason}`,
  });

  const resources = NO_RESOURCES[code];
  if (resources !== undefined) return because('no-resources', `cannot be started: ${resources}`);
  if (code === 'E2BIG') {
    return because('too-big', 'cannot be started: arguments and environment are too long');
  }
  // Node reports ENOENT for a missing working directory as well as for a missing command.
  const { cwd } = attempt;
  if (!isDirectory(cwd)) {
    return because('no-directory', `its working directory ${quote(cwd ?? '.')} is not there`);
  }
  const found = findCommand(attempt.shell ? (attempt.interpreter ?? SHELL) : attempt.command, {
    path: attempt.env.PATH,
    cwd: cwd ?? '.',
  });
  if (found.kind !== 'found') {
    return { kind: 'not-started', cause: found.kind, reason: found.reason };
  }
  return because('not-executable', `cannot be started (${code})`);
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function isDirectory(path: string | undefined): boolean {
  try {
    // Our own may have been removed: then cwd() throws, while stat('.') would not.
    return statSync(path ?? process.cwd()).isDirectory();
  } catch {
    return false;
  }
}
