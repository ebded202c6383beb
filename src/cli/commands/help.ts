import type { Io } from '../io.js';
import { main } from '../main.js';

/** `redlock-run help [COMMAND]`: the same words as `COMMAND --help`. */
export async function help(own: readonly string[], io: Io): Promise<number> {
  const [command = 'run'] = own;
  return main(command === 'help' ? ['run', '--help'] : [command, '--help'], io);
}
