import { Command, Option } from 'commander';
import { quote, usage } from '../../core/errors.js';
import { parseWords, quietly } from '../parse-words.js';
import { longFlag, OPTION_LIST, type OptionName } from './options.js';
import { type Flags, optionSpelt } from './plain-flags.js';

/** The commander program of `run`; help.ts prints it. */
export function buildProgram(): Command {
  const program = quietly(new Command('redlock-run')).usage(
    '[run] --key NAME [options] -- COMMAND [ARG…]',
  );
  return addOptions(program, OPTION_LIST);
}

/** Adds options of `run` to a program; each keeps all values that it is given. */
export function addOptions(program: Command, options: typeof OPTION_LIST): Command {
  for (const [, spec] of options) {
    const option = new Option(spec.flags, spec.about).helpGroup(`${spec.group}:`);
    program.addOption(
      option.required
        ? option.argParser((value: string, earlier: readonly string[] = []) => {
            if (optionSpelt(value) === undefined) return [...earlier, value];
            throw usage(`${longFlag(spec)}: its value is missing; ${value} follows it`);
          })
        : option,
    );
  }
  return program;
}

/**
 * Reads the words before `--`.
 *
 * @returns `help` when that was asked for instead of a run
 * @throws Failure `usage`
 */
export function parseFlags(own: readonly string[], hasCommand: boolean): Flags | 'help' {
  const program = buildProgram();
  if (parseWords(program, own) === 'help') return 'help';
  refuseOperands(program, hasCommand);
  return givenFlags(program, OPTION_LIST);
}

/**
 * What was given of the options that `addOptions` added.
 *
 * @throws Failure `usage`
 */
export function givenFlags(program: Command, options: typeof OPTION_LIST): Flags {
  const given = program.opts<Record<string, readonly string[] | true | undefined>>();
  const flags = new Map<OptionName, readonly string[]>();
  for (const [name, spec] of options) {
    const values = given[name];
    if (values === undefined) continue;
    const texts = values === true ? ['true'] : values;
    if (texts.length > 1 && !spec.repeatable)
      throw usage(`${longFlag(spec)}: given more than once`);
    flags.set(name, texts);
  }
  return flags;
}

function refuseOperands(program: Command, hasCommand: boolean): void {
  const [first] = program.args;
  if (first === undefined) return;
  if (program.opts<{ schedule?: unknown }>().schedule !== undefined && hasCommand) {
    throw usage(`unexpected ${quote(first)}; is the cron expression of --schedule in quotes?`);
  }
  if (hasCommand) throw usage(`unexpected ${quote(first)} before --; see redlock-run --help`);
  throw usage(`put -- before the command: redlock-run --key NAME -- ${first}`);
}
