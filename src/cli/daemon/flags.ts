import { Command, Option } from 'commander';
import { parseDuration } from '../../core/duration.js';
import { quote, usage } from '../../core/errors.js';
import { LEFT_TO_THE_LINE } from '../crontab/entry-options.js';
import { parseWords, quietly } from '../parse-words.js';
import { HELP_STYLE } from '../run/help.js';
import { OPTION_LIST } from '../run/options.js';
import { addOptions, givenFlags } from '../run/parse-flags.js';
import type { Flags } from '../run/plain-flags.js';

export interface DaemonFlags {
  readonly file: string;
  /** The options of `run`: they hold for every entry that does not say otherwise. */
  readonly flags: Flags;
  /** The crontab has a column of users. */
  readonly system: boolean;
  /** Only look at the crontab. */
  readonly check: boolean;
  /** How far back slots are caught up on, ms. */
  readonly catchUp: number | undefined;
  /** How long running jobs are waited for, ms. */
  readonly grace: number;
}

/** Options that hold for all entries: a key is one job's alone. */
const OPTIONS = OPTION_LIST.filter(([name]) => name !== 'key' && !LEFT_TO_THE_LINE.includes(name));

const GRACE = { name: '--grace', fallback: '8s' };
const DAY = 86_400_000;

const CLOSING = `
Every node runs the same daemon on the same crontab, and each entry runs once per slot on one of
them. The options of run hold for all entries; an entry has its own in a comment above it:

  # redlock-run: key=nightly timeout=1h takeover
  0 3 * * *  ./backup.sh
  # redlock-run: every-node
  */5 * * * *  ./rotate-logs.sh

Without key= its name is made of its schedule and command. @reboot runs at the start, on every node.
Six fields begin with seconds. CRON_TZ=Europe/London sets the zone of the entries below it.

SIGHUP reads the crontab again; a broken one is refused, and the old one stays. SIGTERM fires
nothing more, waits for running jobs (--grace), ends those that are left (TERM, and KILL
--kill-after later) and hands their slots back to standbys (--takeover). Give both together less
than your platform's time to stop: docker 10s, Kubernetes 30s, systemd 90s. A second SIGTERM kills
them at once.

Exit codes: 0 told to stop, 64 usage, 70 a bug of ours, 76 Redis answered nonsense,
77 Redis login or ACL, 78 a broken crontab, file or URL.

Examples:
  redlock-run daemon /app/crontab --redis rediss://cache.internal:6379
  redlock-run daemon /app/crontab --check      # is it well-formed, and what runs next?
  redlock-run daemon /etc/crontab --system --catch-up 1h --takeover
`;

function buildProgram(): Command {
  const program = quietly(new Command('redlock-run'))
    .usage('daemon CRONTAB [options]')
    .description('Be the scheduler as well: cron for a fleet.')
    .option('--check', 'look at the crontab, print the next runs, and end')
    .option('--system', 'a column of users comes before the commands, as in /etc/crontab')
    .option(
      '--catch-up <dur>',
      "run a job's last slot if it is not older and nobody ran it (default: off)",
    )
    .addOption(
      new Option('--grace <dur>', 'how long SIGTERM lets running jobs go on (default: 8s)').default(
        GRACE.fallback,
        GRACE.fallback,
      ),
    );
  return addOptions(program, OPTIONS);
}

/** `redlock-run daemon --help`. */
export function daemonHelp(): string {
  return buildProgram().configureHelp(HELP_STYLE).helpInformation() + CLOSING;
}

/** @throws Failure `usage` */
export function parseDaemonFlags(own: readonly string[]): DaemonFlags | 'help' {
  const program = buildProgram();
  if (parseWords(program, own, 'daemon: ') === 'help') return 'help';
  const [file, stranger] = program.args;
  if (file === undefined) {
    throw usage('daemon: the crontab is missing; redlock-run daemon /app/crontab');
  }
  if (stranger !== undefined) {
    throw usage(`daemon: unexpected ${quote(stranger)}; see redlock-run daemon --help`);
  }
  const { system, check, catchUp, grace } = program.opts<{
    system?: true;
    check?: true;
    catchUp?: string;
    grace: string;
  }>();
  if (file === '-' && check !== true) {
    throw usage(
      'daemon: stdin can be read once only, and a crontab must be read again; give a file',
    );
  }
  return {
    file,
    flags: givenFlags(program, OPTIONS),
    system: system === true,
    check: check === true,
    catchUp: catchUp === undefined ? undefined : parseDuration(catchUp, '--catch-up', { min: 1 }),
    grace: parseDuration(grace, GRACE.name, { min: 0, max: DAY }),
  };
}
