import pkg from '../../../package.json' with { type: 'json' };
import type { Io } from '../io.js';

/** `redlock-run --version`. */
export async function version(_own: readonly string[], io: Io): Promise<number> {
  io.stdout.write(`${pkg.version}\n`);
  return 0;
}
