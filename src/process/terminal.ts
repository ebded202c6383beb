import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';

/** The terminal that we were started from, if any. */
export interface Terminal {
  /** Whether there was one, and it was closed: a window, a connection that broke. */
  readonly isClosed: boolean;
}

/**
 * Under `nohup`, whose terminal may go, none of the three streams is one; under `setsid` it may be one that
 * hangs up on somebody else.
 */
export function startingTerminal(): Terminal {
  const hadOne = [0, 1, 2].some(isatty) && canOpenTerminal();
  return {
    get isClosed() {
      return hadOne && !canOpenTerminal();
    },
  };
}

/** A process that has lost its terminal cannot open it any more (credentials(7), tty(4)). */
function canOpenTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
