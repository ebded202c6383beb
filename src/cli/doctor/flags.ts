import { Command, Option } from 'commander';
import { quote, usage } from '../../core/errors.js';
import { parseWords, quietly } from '../parse-words.js';
import { HELP_STYLE } from '../run/help.js';
import { OPTION_LIST } from '../run/options.js';
import { addOptions, givenFlags } from '../run/parse-flags.js';
import type { Flags } from '../run/plain-flags.js';

export interface DoctorFlags {
  /** The options of `run`. */
  readonly flags: Flags;
  readonly json: boolean;
  readonly asCron: boolean;
  /** Names of variables that cron's environment lacks, when this is it. */
  readonly leftOut: readonly string[] | undefined;
}

/** Tells the call in cron's environment what it lacks. */
export const LEFT_OUT = '--left-out';

/** What says where Redis is and who asks. */
const OPTIONS = OPTION_LIST.filter(
  ([name, { group }]) => group === 'Redis' || name === 'node' || name === 'config',
);

const CLOSING = `
Each finding is ok, a warning (works today, can go wrong), a problem (jobs do not run, or a slot can
run twice) or unknown, and all that is not ok says what to do. Nothing is changed: what is tried in
Redis is tried on keys of its own that are gone after ten seconds. CONFIG, INFO, ACL and SCAN may be
forbidden. The checks and the JSON are described in docs/doctor.md.

Exit codes: 0 no problem, 1 a problem, 64 usage.

Examples:
  redlock-run doctor --redis rediss://cache.internal:6379
  redlock-run doctor --as-cron            # as cron will call it, without your profile
  redlock-run doctor --json               # for a machine
`;

function buildProgram(): Command {
  const program = quietly(new Command('redlock-run'))
    .usage('doctor [--json] [--as-cron] [options]')
    .description('Is this Redis, this node and this cron environment fit?')
    .option('--json', 'one JSON object instead of text')
    .option('--as-cron', "do all of it in cron's bare environment")
    .addOption(new Option(`${LEFT_OUT} <names>`).hideHelp());
  return addOptions(program, OPTIONS);
}

/** `redlock-run doctor --help`. */
export function doctorHelp(): string {
  return buildProgram().configureHelp(HELP_STYLE).helpInformation() + CLOSING;
}

/** @throws Failure `usage` */
export function parseDoctorFlags(own: readonly string[]): DoctorFlags | 'help' {
  const program = buildProgram();
  if (parseWords(program, own, 'doctor: ') === 'help') return 'help';
  const [stranger] = program.args;
  if (stranger !== undefined) {
    throw usage(`doctor: unexpected ${quote(stranger)}; see redlock-run doctor --help`);
  }
  const { json, asCron, leftOut } = program.opts<{
    json?: true;
    asCron?: true;
    leftOut?: string;
  }>();
  return {
    flags: givenFlags(program, OPTIONS),
    json: json === true,
    asCron: asCron === true,
    leftOut: leftOut?.split(',').filter((name) => name !== ''),
  };
}
