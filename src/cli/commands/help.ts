import { quote, usage } from '../../core/errors.js';

/**
 * `redlock-run help [COMMAND]` is another way to say `COMMAND --help`.
 *
 * @param own the words behind `help`
 * @returns the words to be called with instead
 * @throws Failure `usage` where there is no such command
 */
export function askedForHelp(
  own: readonly string[],
  commands: readonly string[],
): readonly string[] {
  const [command = 'run'] = own;
  // They say no more of themselves than the whole help does.
  if (['help', 'version'].includes(command)) return ['run', '--help'];
  if (!commands.includes(command)) {
    const all = [...commands, 'help'].join(', ');
    throw usage(`help: no command ${quote(command)}; there are ${all}`);
  }
  return [command, '--help'];
}
