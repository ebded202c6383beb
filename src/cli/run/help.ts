import type { HelpConfiguration } from 'commander';
import { OPTION_LIST, type OptionSpec } from './options.js';
import { buildProgram } from './parse-flags.js';

const OPENING = `redlock-run runs a command on exactly one node of a fleet per schedule slot.
Every node has the same crontab line; the others exit 0 and say nothing.

Guarantee  A slot is won once: one atomic INCR in Redis decides, and a claim is never given
           back, so that late nodes lose. (--winners N: N times.)
Limit      A Redis that forgets (failover before replication, data lost) can let a slot be won
           again, and no lock can stop a paused process from writing late: hand the fencing
           token $REDLOCK_RUN_FENCE to what you write to, if it must never be written twice.
`;

const COMMANDS = `Commands:
  run                run a command once per slot (the default)
  daemon CRONTAB     be the scheduler as well: cron for a fleet
  slots 'CRON'       the next slots, and what daylight saving does to them
  wrap CRONTAB       the same crontab with every entry wrapped, as a diff
  doctor             is this Redis, this node and this cron environment fit?
  demo               a fleet on this machine
  help [COMMAND]     this help, or a command's
  version            the version
`;

const CLOSING = `The job gets REDLOCK_RUN_KEY, _SLOT, _FENCE, _RANK, _ATTEMPT, _NODE and _OWNER; without a lock
(--on-redis-down run, or not elected in --shadow) _UNLOCKED=1 in place of fence and rank; in shadow
_SHADOW=1. REDIS_PASSWORD is the password for a URL without one. A value is taken from the option,
then the environment, then the configuration file, then the default. Durations: 90s, 5m, 1h30m,
250ms.

Exit codes:
  the job's own      it ran (128+n if signal n ended it)
  0                  not elected, overlapped, or --on-redis-down skip (see --skip-exit-code)
  64 usage           75 Redis unavailable, try later    76 Redis answered nonsense
  70 a bug of ours   77 Redis login or ACL              78 file, URL or certificate
  122 lease lost     124 --timeout    126 cannot be executed    127 not found

Examples:
  # crontab, the same on every node
  0 3 * * *  redlock-run --key nightly --schedule '0 3 * * *' -- ./job.sh

  # a systemd timer's service, every quarter of an hour, at most 10 minutes long
  ExecStart=/usr/bin/redlock-run --key sync --every 15m --timeout 10m -- /opt/sync

  # by hand, once more, outside the schedule
  redlock-run --key nightly --slot rerun-1 -v -- ./job.sh

  # if the node dies or the fleet scales in, another node runs the slot
  redlock-run --key sync --every 15m --takeover --retries 2 -- ./sync.sh

  # three nodes of the fleet, each told its rank
  redlock-run --key shard --every 1h --winners 3 -- sh -c './shard.sh "$REDLOCK_RUN_RANK"'
`;

/** How options of `run` are shown: with their defaults and variables. */
export const HELP_STYLE: HelpConfiguration = {
  helpWidth: 100,
  optionDescription: (option) => {
    const spec = OPTION_LIST.find(([, { flags }]) => flags === option.flags)?.[1];
    return spec === undefined ? option.description : describe(spec);
  },
};

/** `redlock-run --help`. */
export function runHelp(): string {
  const program = buildProgram().configureHelp(HELP_STYLE);
  return [OPENING, program.helpInformation(), COMMANDS, CLOSING].join('\n');
}

function describe(spec: OptionSpec<unknown>): string {
  const fallback = spec.fallback ?? spec.fallbackWords;
  const notes = [
    ...(fallback === undefined ? [] : [`default: ${fallback}`]),
    ...(spec.env === undefined ? [] : [`env: ${spec.env.join(', ')}`]),
  ];
  return notes.length === 0 ? spec.about : `${spec.about} (${notes.join('; ')})`;
}
