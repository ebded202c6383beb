import { Command } from 'commander';
import { quote, usage } from '../../core/errors.js';
import { parseRedisUrls } from '../../redis/targets.js';
import { baseName } from '../../schedule/crontab/shell-calls.js';
import { parseWords, quietly } from '../parse-words.js';
import type { Volume } from '../reporter.js';
import { longFlag, OPTION_LIST, OPTIONS, type OptionName } from '../run/options.js';
import { addOptions, givenFlags } from '../run/parse-flags.js';
import type { Flags } from '../run/plain-flags.js';

export interface WrapFlags {
  /** The crontab: a file, or `-` for standard input. */
  readonly crontab: string;
  /** Where the whole new crontab goes: a new file, or `-` for standard output. */
  readonly write: string | undefined;
  /** Each line has a column for the user. */
  readonly system: boolean;
  /** What the lines call. */
  readonly program: string;
  readonly volume: Volume;
  /** The options of `run` that every line gets. */
  readonly flags: Flags;
}

const CLOSING = `
Options of run (redlock-run --help) are put into every line; -v and -q are for wrap itself. What one
entry needs is said above it, and wins:

  # redlock-run: key=nightly timeout=1h takeover
  0 3 * * *  /opt/app/bin/nightly

Without a key an entry gets one of its own, made of its command and schedule. Left alone, and said
so: @reboot, entries below "# redlock-run: every-node", what calls redlock-run already, and lines
that cron would read in another way afterwards. All else stays as it is, byte for byte. A crontab
with mistakes, or with a key twice, is refused as a whole, and every mistake is told.

Below TZ=, by which no cron fires, lines get --timezone with the zone of this machine; where the
nodes have another, give it here. Below CRON_TZ=, by which cronie fires, they get that one.

Install the new crontab from a file: of one that is refused nothing is printed, and "| crontab -"
would install that.

Exit codes: 0 done, also when there was nothing to do, 64 usage, 78 the crontab or a file,
also one that cannot be written whole.

Examples:
  crontab -l > old
  redlock-run wrap old -r rediss://cache:6379                                          # look
  redlock-run wrap old -r rediss://cache:6379 --shadow --write trial && crontab trial  # all run
  redlock-run wrap old -r rediss://cache:6379 --write new && crontab new               # one runs
  redlock-run wrap --system /etc/crontab --program /opt/bin/redlock-run
`;

const OURS = 'redlock-run';

/** What each entry says for itself, and how. */
const OF_THE_ENTRY = {
  key: 'write "# redlock-run: key=NAME" above the entry',
  schedule: "each line gets its entry's",
  every: "each line gets its entry's schedule",
  slot: "each line gets its entry's schedule",
  shell: "each line that cron's /bin/sh reads gets it",
} as const satisfies Partial<Record<OptionName, string>>;

/** What a line can be given; -v and -q are about wrap itself. */
const OF_RUN = OPTION_LIST.filter(([name]) => name !== 'verbose' && name !== 'quiet');

function buildProgram(): Command {
  return quietly(new Command('redlock-run'))
    .usage('wrap CRONTAB [options] [options of run]')
    .description(
      'The same crontab with every entry wrapped, as a diff. CRONTAB is a file, or - for stdin.',
    )
    .option('--write <file>', 'write the whole new crontab to a new file instead; - is stdout')
    .option('--system', 'the lines have a user column: /etc/crontab, /etc/cron.d')
    .option('--program <path>', "what the lines call, where cron's PATH lacks redlock-run")
    .option('-v, --verbose', 'say how many entries were wrapped')
    .option('-q, --quiet', 'say errors only');
}

/** `redlock-run wrap --help`. */
export function wrapHelp(): string {
  return buildProgram().configureHelp({ helpWidth: 100 }).helpInformation() + CLOSING;
}

/** @throws Failure `usage` or `config` */
export function parseWrapFlags(own: readonly string[]): WrapFlags | 'help' {
  const program = addOptions(buildProgram(), OF_RUN);
  if (parseWords(program, own, 'wrap: ') === 'help') return 'help';
  const [crontab, stranger] = program.args;
  if (crontab === undefined) {
    throw usage('wrap: the crontab is missing; name a file, or - for standard input');
  }
  if (stranger !== undefined) {
    throw usage(`wrap: unexpected ${quote(stranger)}; see redlock-run wrap --help`);
  }
  const {
    write,
    system,
    program: called = OURS,
    verbose,
    quiet,
  } = program.opts<{
    write?: string;
    system?: true;
    program?: string;
    verbose?: true;
    quiet?: true;
  }>();
  if (verbose && quiet) throw usage('--verbose and --quiet exclude each other; give one');
  refuseBreaks('--program', called);
  if (baseName(called) !== OURS) {
    throw usage(`--program: name a file called ${OURS}, by which a wrapped line is known again`);
  }
  return {
    crontab,
    write,
    system: system === true,
    program: called,
    volume: verbose ? 'verbose' : quiet ? 'quiet' : 'normal',
    flags: forEveryLine(givenFlags(program, OF_RUN)),
  };
}

/** @throws Failure `usage` for what cannot be the same in every line, or stand in one */
function forEveryLine(flags: Flags): Flags {
  for (const [name, texts] of flags) {
    const flag = longFlag(OPTIONS[name]);
    const because = Object.entries(OF_THE_ENTRY).find(([option]) => option === name)?.[1];
    if (because !== undefined) throw usage(`wrap: ${flag} is not for every line; ${because}`);
    for (const text of texts) refuseBreaks(flag, text);
  }
  refusePassword(flags.get('redis') ?? []);
  return flags;
}

/** It would be in the diff, in every line and, at each run, in what ps shows. */
function refusePassword(urls: readonly string[]): void {
  const { redis } = OPTIONS;
  const addresses = urls.length === 0 ? [] : parseRedisUrls(urls, longFlag(redis));
  if (addresses.every(({ password }) => password === undefined)) return;
  throw usage(
    `wrap: ${longFlag(redis)}: ps would show the password in this URL to everybody on the nodes; ` +
      `leave it out, and write ${redis.env[0]}=URL into the crontab or use --redis-password-file`,
  );
}

function refuseBreaks(flag: string, text: string): void {
  if (text === '') throw usage(`${flag}: is empty`);
  if (/[\n\r\0]/.test(text)) throw usage(`${flag}: ${quote(text)} does not fit into one line`);
}
