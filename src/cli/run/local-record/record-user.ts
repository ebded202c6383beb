import { userInfo } from 'node:os';
import type { RecordUser } from './places.js';

/** Whose record this process writes. */
export function recordUser(): RecordUser {
  try {
    const { uid, homedir } = userInfo();
    return { isRoot: uid === 0, home: homedir };
  } catch {
    // A container's user may be nobody that the system knows.
    return { isRoot: false, home: undefined };
  }
}
