import { statSync } from 'node:fs';
import { Failure, quote, usage } from '../../core/errors.js';
import { checkJitter } from '../../core/jitter.js';
import { scheduleName, slotAt } from '../../core/slot.js';
import { findCommand } from '../../process/find-command.js';
import type { User } from '../../process/user.js';
import type { Entry, Problem } from '../../schedule/crontab/crontab.js';
import { isWrapped } from '../../schedule/crontab/is-wrapped.js';
import { jobKeyOf } from '../../schedule/crontab/job-key-of.js';
import { hasSeconds } from '../../schedule/fields.js';
import { zoneName } from '../../schedule/open-zone.js';
import type { Schedules } from '../../schedule/schedules.js';
import { type EntryWishes, entryWishes } from '../crontab/entry-wishes.js';
import type { Io } from '../io.js';
import { checkTogether, type Settings, settle } from '../run/settings.js';
import type { Basis } from './basis.js';
import type { DaemonEntry, EntryTimes } from './entry.js';

/** What an entry does not say itself. */
interface Context {
  /** Whose processes its jobs are; undefined: our own. */
  readonly user: User | undefined;
  readonly schedules: Schedules;
}

/**
 * Makes an entry that can be run of one that was read.
 *
 * @returns or what is wrong with it
 */
export function readEntry(
  entry: Entry,
  { user, schedules }: Context,
  basis: Basis,
  io: Io,
): DaemonEntry | { readonly problems: readonly Problem[] } {
  const wishes = entryWishes(entry.directives);
  if ('problems' in wishes) return wishes;
  try {
    const settings = settingsOf(entry, wishes, basis, io);
    const times = timesOf(entry, wishes, { settings, schedules }, io);
    if (times !== undefined) {
      checkJitter(settings.jitter, slotAt(times.schedule, io.now(), settings), '--jitter');
    }
    const environment = environmentOf(entry, user);
    checkShell(environment, io);
    return {
      line: entry.line,
      key: settings.key,
      runs: runsOf(entry, wishes, settings),
      times,
      settings,
      command: commandOf(entry, user, environment, homeOf(entry, user)),
      environment: () => Object.fromEntries(environment),
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Its options belong together: they are shown where they begin.
    const { line, column } = entry.directives[0] ?? entry;
    return { problems: [{ line, column, message: error.message }] };
  }
}

/** The entry's own words, then what the daemon was told. @throws Failure */
function settingsOf(
  entry: Entry,
  { flags: own }: EntryWishes,
  { flags: { flags }, config }: Basis,
  { env }: Io,
): Settings {
  const named = new Map([['key', [jobKeyOf(entry)]] as const, ...flags, ...own]);
  const settings = settle(named, env, config);
  // Its schedule is the entry's.
  checkTogether(settings, new Map([...own].filter(([name]) => name !== 'timezone')));
  return settings;
}

function timesOf(
  { schedule, expression, timezone }: Entry,
  { flags }: EntryWishes,
  { settings, schedules }: { readonly settings: Settings; readonly schedules: Schedules },
  io: Io,
): EntryTimes | undefined {
  if (schedule === 'reboot') return undefined;
  // Its own word, then CRON_TZ above it, then what all entries get.
  const zone = flags.has('timezone') ? settings.timezone : (timezone ?? settings.timezone);
  return {
    schedule: schedules.cron(expression, zone),
    grain: hasSeconds(schedule) ? 'second' : 'minute',
    expression,
    name: scheduleName({ cron: expression, zone: zoneName(zone, io.now()) }),
    timezone: zone,
  };
}

function runsOf(
  { schedule, command }: Entry,
  { isEveryNodes }: EntryWishes,
  { shadow }: Settings,
): DaemonEntry['runs'] {
  if (isWrapped(command)) return 'wrapped';
  if (isEveryNodes || schedule === 'reboot') return 'every-node';
  return shadow ? 'shadow' : 'once';
}

type Environment = Pick<Entry['environment'], 'get' | typeof Symbol.iterator>;

/** As cron sets it for another user (crontab(5)); what the crontab says goes before. */
function environmentOf(entry: Entry, user: User | undefined): Environment {
  if (user === undefined) return entry.environment;
  const { name, home } = user;
  const all = new Map([['HOME', home], ['LOGNAME', name], ['USER', name], ...entry.environment]);
  return all;
}

/** A node that cannot run the job must not win its slots. @throws Failure `usage` */
function checkShell(environment: Environment, { env }: Io): void {
  const shell = environment.get('SHELL');
  if (shell === undefined) return;
  const found = findCommand(shell, { path: environment.get('PATH') ?? env.PATH, cwd: '/' });
  if (found.kind !== 'found') throw usage(`SHELL: ${found.reason}`);
}

/**
 * Where the job runs: in HOME, as under cron; undefined for our own directory.
 *
 * @throws Failure `usage` where the crontab names one that is not there
 */
function homeOf({ environment }: Entry, user: User | undefined): string | undefined {
  const given = environment.get('HOME');
  if (given !== undefined && !isDirectory(given)) {
    throw usage(`HOME: ${quote(given)} is no directory`);
  }
  if (given !== undefined || user === undefined) return given;
  // System users have homes that are not there.
  return isDirectory(user.home) ? user.home : '/';
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function commandOf(
  { command, stdin = '' }: Entry,
  user: User | undefined,
  environment: Environment,
  home: string | undefined,
): DaemonEntry['command'] {
  return {
    command,
    args: [],
    shell: true,
    interpreter: environment.get('SHELL'),
    input: stdin,
    cwd: home,
    user,
  };
}
