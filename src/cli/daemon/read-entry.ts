import { Failure } from '../../core/errors.js';
import { checkJitter } from '../../core/jitter.js';
import { scheduleName, slotAt } from '../../core/slot.js';
import type { User } from '../../process/user.js';
import { parseCron } from '../../schedule/cron.js';
import type { Entry, Problem } from '../../schedule/crontab/crontab.js';
import { isWrapped } from '../../schedule/crontab/is-wrapped.js';
import { jobKeyOf } from '../../schedule/crontab/job-key-of.js';
import { hasSeconds } from '../../schedule/fields.js';
import { zoneName } from '../../schedule/open-zone.js';
import { type EntryWishes, entryWishes } from '../crontab/entry-wishes.js';
import type { Io } from '../io.js';
import { checkTogether, type Settings, settle } from '../run/settings.js';
import type { Basis } from './basis.js';
import type { DaemonEntry, EntryTimes } from './entry.js';

/**
 * Makes an entry that can be run of one that was read.
 *
 * @param user whose processes it is to be; undefined for our own
 * @returns or what is wrong with it
 */
export function readEntry(
  entry: Entry,
  user: User | undefined,
  basis: Basis,
  io: Io,
): DaemonEntry | { readonly problems: readonly Problem[] } {
  const wishes = entryWishes(entry.directives);
  if ('problems' in wishes) return wishes;
  try {
    const settings = settingsOf(entry, wishes, basis, io);
    const times = timesOf(entry, settings, io);
    if (times !== undefined) {
      checkJitter(settings.jitter, slotAt(times.schedule, io.now(), settings), '--jitter');
    }
    const environment = environmentOf(entry, user);
    return {
      line: entry.line,
      key: settings.key,
      runs: runsOf(entry, wishes),
      times,
      settings,
      command: commandOf(entry, user, environment),
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
  checkTogether(settings, own);
  return settings;
}

function timesOf(
  { schedule, expression, timezone = undefined }: Entry,
  settings: Settings,
  io: Io,
): EntryTimes | undefined {
  if (schedule === 'reboot') return undefined;
  const zone = timezone ?? settings.timezone;
  return {
    schedule: parseCron(expression, zone),
    grain: hasSeconds(schedule) ? 'second' : 'minute',
    expression,
    name: scheduleName({ cron: expression, zone: zoneName(zone, io.now()) }),
    timezone: zone,
  };
}

function runsOf({ schedule, command }: Entry, { isEveryNodes }: EntryWishes): DaemonEntry['runs'] {
  if (isWrapped(command)) return 'wrapped';
  return isEveryNodes || schedule === 'reboot' ? 'every-node' : 'once';
}

type Environment = Pick<Entry['environment'], 'get' | typeof Symbol.iterator>;

/** As cron sets it for another user (crontab(5)); what the crontab says goes before. */
function environmentOf(entry: Entry, user: User | undefined): Environment {
  if (user === undefined) return entry.environment;
  const { name, home } = user;
  const all = new Map([['HOME', home], ['LOGNAME', name], ['USER', name], ...entry.environment]);
  return all;
}

function commandOf(
  { command, stdin = '' }: Entry,
  user: User | undefined,
  environment: Environment,
): DaemonEntry['command'] {
  return {
    command,
    args: [],
    shell: true,
    interpreter: environment.get('SHELL'),
    input: stdin,
    cwd: environment.get('HOME'),
    user,
  };
}
