import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Output } from './io.js';

/** ms that a full pipe may hold us up before our words are dropped. */
const LONGEST_WAIT = 1_000;
const PAUSE = 10;

/**
 * Standard output or error, written at once whatever it is: what was said is out before we exit.
 *
 * @param journal what JOURNAL_STREAM says, `device:inode` (systemd.exec(5)): one of them may have been
 * redirected since
 */
export function output(descriptor: 1 | 2, journal?: string): Output {
  return {
    get isTTY() {
      return isTerminal(descriptor);
    },
    get isJournal() {
      // Asked about only where there is one.
      return journal !== undefined && journal === fileOf(descriptor);
    },
    write(text) {
      let rest = Buffer.from(text);
      for (let waited = 0; rest.length > 0 && waited < LONGEST_WAIT; ) {
        const written = tryWrite(descriptor, rest);
        if (written === 'closed') return;
        rest = rest.subarray(written);
        if (written > 0) continue;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
        waited += PAUSE;
      }
    },
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

/** @returns how many bytes were taken; `closed` when nobody reads any more, or the disk is full */
function tryWrite(descriptor: number, bytes: Uint8Array): number | 'closed' {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    // A pipe that somebody else made non-blocking is full: its reader may make room.
    return error instanceof Error && 'code' in error && error.code === 'EAGAIN' ? 0 : 'closed';
  }
}
