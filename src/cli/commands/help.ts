import { quote, usage } from '../../core/errors.js';
import type { Io } from '../io.js';
import { COMMAND_NAMES, main } from '../main.js';

/** `redlock-run help [COMMAND]`: the same words as `COMMAND --help`. */
export async function help(own: readonly string[], io: Io): Promise<number> {
  const [command = 'run'] = own;
  if (!COMMAND_NAMES.includes(command)) {
    throw usage(`help: no command ${quote(command)}; there are ${COMMAND_NAMES.join(', ')}`);
  }
  const described = ['help', 'version'].includes(command) ? 'run' : command;
  return main([described, '--help'], io);
}
