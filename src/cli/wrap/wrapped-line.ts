import type { Entry } from '../../schedule/crontab/crontab.js';
import { directiveCommentAt } from '../../schedule/crontab/directives.js';
import { barePercent, rawIndexOf } from '../../schedule/crontab/split-command.js';
import { longFlag, OPTION_LIST } from '../run/options.js';
import type { Flags } from '../run/plain-flags.js';
import { quoteCommand, quoteWord } from './quote.js';

/** What a crontab line is to call. */
export interface Wrapper {
  readonly program: string;
  /** Options of `run`, `--shell` not among them. */
  readonly flags: Flags;
  /** What cron hands the command to. */
  readonly shell: string;
}

/** What cron runs commands with where no SHELL is set (crontab(5)), and what `--shell` stands for. */
export const CRON_SHELL = '/bin/sh';

/** The line of an entry again, byte for byte, but with its command handed to redlock-run. */
export function wrappedLine(entry: Entry, { program, flags, shell }: Wrapper): string {
  const [before, command, after] = partsOf(entry);
  const call = [
    quoteWord(program),
    ...optionWords(flags),
    ...(shell === CRON_SHELL ? ['--shell', '--'] : ['--', quoteWord(shell), '-c']),
    quoteCommand(command),
  ];
  return before + call.join(' ') + after;
}

/** A blank that no backslash makes a part of a word. */
const BLANKS_BEHIND = /(?<!\\)[ \t]+$/;

/**
 * What is to be quoted, and what stands before and behind it. Behind it stays what cron takes for
 * itself, a bare `%` and the input after it, and a comment with directives, which is to be found again.
 */
function partsOf({
  text,
  commandAt,
  rawCommand,
  command,
}: Entry): readonly [string, string, string] {
  const shells = rawCommand.slice(0, barePercent(rawCommand));
  const comment = directiveCommentAt(command);
  const said = comment === undefined ? shells : shells.slice(0, rawIndexOf(rawCommand, comment));
  const quoted = comment === undefined ? said : said.replace(BLANKS_BEHIND, '');
  const gap = comment !== undefined && quoted === said ? ' ' : '';
  return [text.slice(0, commandAt), quoted, gap + text.slice(commandAt + quoted.length)];
}

function optionWords(flags: Flags): readonly string[] {
  return OPTION_LIST.flatMap(([name, spec]) => {
    const texts = flags.get(name) ?? [];
    const flag = longFlag(spec);
    if (!spec.flags.includes('<')) return texts.map(() => flag);
    return texts.flatMap((text) => [flag, quoteWord(text)]);
  });
}
