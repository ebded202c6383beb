import { Command, Option } from 'commander';
import { usage } from '../../../core/errors.js';
import { checkInteger } from '../../../core/limits.js';
import { parseWords, quietly } from '../../parse-words.js';

export interface SlotsFlags {
  readonly expression: string;
  readonly timezone?: string | undefined;
  /** How many slots to show. */
  readonly count: number;
  readonly json: boolean;
}

const MOST_SLOTS = 1_000;

const CLOSING = `
CRON means what Debian's cron means by it; with six fields the first has the seconds. A job in the
hour that the clock skips runs right after it, a job in the hour that comes twice runs the first
time; a job with * in its minute or hour follows real time. Without --timezone the node's own zone
counts ($TZ, or the system's).

Examples:
  redlock-run slots '0 3 * * *'
  redlock-run slots '30 2 * * mon-fri' --timezone America/New_York -n 10
  redlock-run slots @hourly --json
`;

function buildProgram(): Command {
  return quietly(new Command('redlock-run'))
    .usage("slots 'CRON' [--timezone TZ] [-n N] [--json]")
    .description('The next slots of a schedule, and what the next clock changes do to them.')
    .option('--timezone <tz>', 'IANA zone, e.g. Europe/London')
    .addOption(new Option('-n, --count <n>', 'how many slots').default('5', '5'))
    .option('--json', 'one JSON object instead of text');
}

/** `redlock-run slots --help`. */
export function slotsHelp(): string {
  return buildProgram().configureHelp({ helpWidth: 100 }).helpInformation() + CLOSING;
}

/** @throws Failure `usage` */
export function parseSlotsFlags(own: readonly string[]): SlotsFlags | 'help' {
  const program = buildProgram();
  if (parseWords(program, own, 'slots: ') === 'help') return 'help';
  const [expression, ...more] = program.args;
  if (expression === undefined) {
    throw usage("slots: the cron expression is missing; redlock-run slots '0 3 * * *'");
  }
  if (more.length > 0) {
    throw usage("slots: put the cron expression in quotes; redlock-run slots '0 3 * * *'");
  }
  const { timezone, count, json } = program.opts<{
    timezone?: string;
    count: string;
    json?: true;
  }>();
  return {
    expression,
    timezone,
    count: checkInteger(count, '--count', { min: 1, max: MOST_SLOTS }),
    json: json === true,
  };
}
