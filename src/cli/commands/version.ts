import { VERSION } from '../../version.js';
import type { Io } from '../io.js';

/** `redlock-run --version`. */
export async function version(_own: readonly string[], io: Io): Promise<number> {
  io.stdout.write(`${VERSION}\n`);
  return 0;
}
