import type { Io } from '../io.js';

/** `redlock-run demo`: a fleet on this machine, no Redis needed. */
export async function demo(_own: readonly string[], io: Io): Promise<number> {
  io.stdout.write('demo\n');
  return 0;
}
