import { type Command, CommanderError } from 'commander';
import { usage } from '../core/errors.js';

/** Prepares a program for `parseWords`: it prints nothing, ends nothing, and has our help option. */
export function quietly(program: Command): Command {
  return program
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .allowExcessArguments(true);
}

/**
 * Reads a command's own words with commander.
 *
 * @param prefix begins the message
 * @returns `help` when that was asked for
 * @throws Failure `usage`, in one line
 */
export function parseWords(
  program: Command,
  own: readonly string[],
  prefix = '',
): 'help' | undefined {
  try {
    program.parse([...own], { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return 'help';
    throw usage(prefix + inOneLine(error));
  }
}

/** commander says `error: unknown option '--kye'\n(Did you mean --key?)`. */
function inOneLine({ code, message }: CommanderError): string {
  const [, missing] = /(--[\w-]+) <.*argument missing/.exec(message) ?? [];
  if (code === 'commander.optionMissingArgument') return `${missing}: its value is missing`;
  return (
    message
      .replace(/^error: /, '')
      // A value may be a password that was meant for another option.
      .replace(/^(unknown option '--?[\w-]+)=.*'/s, "$1=…'")
      .replace(/^(unknown option '-\w)[^-'].*'/s, "$1…'")
      .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
      .slice(0, 200)
  );
}
