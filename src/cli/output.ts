import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { Failure } from '../core/errors.js';
import type { Output } from './io.js';

/** ms that a full pipe may hold up words before they are dropped. */
const LONGEST_WAIT = 1_000;
const PAUSE = 10;

const STDOUT = 1;
const STDERR = 2;

/**
 * Standard output for what a command was called for: all of it is written, or it is an error. Only a
 * reader that has gone, as of `| head`, wants no more.
 *
 * @param journal what JOURNAL_STREAM says, `device:inode` (systemd.exec(5)): it may have been redirected since
 * @returns its write throws Failure `config`
 */
export function standardOutput(journal?: string): Output {
  return outputOf(STDOUT, journal, (text) => {
    try {
      writeAll(STDOUT, text, Number.POSITIVE_INFINITY);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EPIPE') return;
      const what = 'what is there is not the whole of it';
      throw new Failure('config', `cannot write to standard output (${code}); ${what}`);
    }
  });
}

/**
 * Standard error for words beside the work, which are dropped where they cannot be written: the exit code
 * tells all the same.
 *
 * @param journal as above
 */
export function standardError(journal?: string): Output {
  return outputOf(STDERR, journal, (text) => {
    try {
      writeAll(STDERR, text, LONGEST_WAIT);
    } catch {
      // Nobody reads any more, or the disk is full.
    }
  });
}

function outputOf(descriptor: number, journal: string | undefined, write: Output['write']): Output {
  return {
    get isTTY() {
      return isTerminal(descriptor);
    },
    get isJournal() {
      // Asked about only where there is one.
      return journal !== undefined && journal === fileOf(descriptor);
    },
    write,
  };
}

/** Asks node:tty, which takes time to load, only about what can be a terminal: cron gives a pipe. */
function isTerminal(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice() && isatty(descriptor);
  } catch {
    return false;
  }
}

function fileOf(descriptor: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(descriptor);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Writes at once, whatever it is: what was said is out before we exit. @throws what write(2) says */
function writeAll(descriptor: number, text: string, longestWait: number): void {
  let rest = Buffer.from(text);
  for (let waited = 0; rest.length > 0 && waited < longestWait; ) {
    const written = writeSome(descriptor, rest);
    rest = rest.subarray(written);
    if (written > 0) continue;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    waited += PAUSE;
  }
}

/** @returns how many bytes were taken */
function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    // A pipe that somebody else made non-blocking is full: its reader may make room.
    if (codeOf(error) === 'EAGAIN') return 0;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
