import { quote } from '../../../core/errors.js';
import type { JobSightings } from '../../../redis/survey/fleet.js';
import { openZone } from '../../../schedule/open-zone.js';
import { offsetText, type Zone } from '../../../schedule/zone.js';
import { type Finding, ok, trouble } from '../finding.js';
import { currentNodes } from '../fleet/current-nodes.js';
import { readSchedule } from '../fleet/schedule.js';
import { list, plural } from '../quantity.js';
import { CRON_PATH } from './cron.js';
import type { NodeFacts } from './facts.js';

/** What the checks of a node know besides its facts. */
export interface NodeContext {
  readonly jobs: readonly JobSightings[];
  /** ms since the epoch. */
  readonly now: number;
}

type NodeCheck = (facts: NodeFacts, context: NodeContext) => readonly Finding[];

const OLDEST_NODE = 20;

const checkVersion: NodeCheck = ({ nodeVersion }) => {
  if (Number.parseInt(nodeVersion, 10) >= OLDEST_NODE) return [ok('node', `Node ${nodeVersion}`)];
  const what = `Node ${nodeVersion} is too old`;
  return [trouble('node', 'problem', what, `install Node ${OLDEST_NODE} or newer`)];
};

const checkPath: NodeCheck = ({ lostInCron }) => {
  if (lostInCron.length === 0)
    return [ok('path', `cron finds what is usual with PATH=${CRON_PATH}`)];
  return [
    trouble(
      'path',
      'warning',
      `cron, with PATH=${CRON_PATH}, does not find ${lostInCron.join(', ')}`,
      'write whole paths in the crontab, or begin it with the PATH that they are in, e.g.',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ),
  ];
};

const checkEnvironment: NodeCheck = ({ leftOut }) => {
  if (leftOut === undefined) return [];
  if (leftOut.length === 0)
    return [ok('environment', 'cron gives all that is set here and counts')];
  return [
    trouble(
      'environment',
      'warning',
      `set in this shell and missing under cron: ${leftOut.join(', ')}`,
      'cron reads no profile. Write it at the top of the crontab, or into /etc/redlock-run.yaml; a password belongs in a file that only the job may read',
    ),
  ];
};

const checkTimeSync: NodeCheck = ({ timeServices }) => {
  const yes = timeServices.find(({ synchronised }) => synchronised);
  if (yes !== undefined) return [ok('time-sync', `the clock is kept by NTP, says ${yes.by}`)];
  const [no] = timeServices;
  if (no !== undefined) {
    return [
      trouble(
        'time-sync',
        'warning',
        `the clock is not synchronised, says ${no.by}; a wrong clock names wrong slots`,
        'turn it on, and see with timedatectl that it works',
        'timedatectl set-ntp true',
      ),
    ];
  }
  return [
    trouble(
      'time-sync',
      'unknown',
      'whether NTP keeps the clock: neither timedatectl, chronyc nor ntpq tells',
      "in a container the clock is its host's: look there with timedatectl",
    ),
  ];
};

const checkTimeZone: NodeCheck = ({ timezone }, { jobs, now }) => {
  const seen = jobs.flatMap(currentNodes);
  const written = seen.map(({ schedule }) => readSchedule(schedule));
  const named = written.flatMap((each) => each.timezone ?? []);
  const shown = written.flatMap((each) => each.offset ?? []);
  const own = openZone(timezone);
  const offset = offsetText(own.offsetAt(now));
  const zones = unique(named.filter((name) => !isSameClock(own, openZone(name), now)));
  const clocks = unique(shown.filter((other) => other !== offset)).map((other) => `UTC${other}`);
  const others = [...zones, ...clocks];
  if (named.length + shown.length === 0)
    return [ok('timezone', `${timezone}; no job names a zone to compare with`)];
  if (others.length === 0) return [ok('timezone', `${timezone}, as the jobs' schedules`)];
  return [
    trouble(
      'timezone',
      'warning',
      `this node is in ${timezone}, the fleet's schedules in ${list(others)}: cron here fires at other hours, where no CRON_TZ says otherwise`,
      'give every node the same zone, and restart cron after it',
      `timedatectl set-timezone ${zones[0] ?? 'Etc/UTC'}`,
    ),
  ];
};

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

const MONTH = 30 * 86_400_000;

/** Names differ (Etc/UTC, UTC) where clocks do not. Both halves of the year count. */
function isSameClock(a: Zone, b: Zone, now: number): boolean {
  return Array.from({ length: 12 }, (_, month) => now + month * MONTH).every(
    (instant) => a.offsetAt(instant) === b.offsetAt(instant),
  );
}

const WEEK = 7 * 86_400_000;

const checkOutages: NodeCheck = ({ outages }, { now }) => {
  const recent = outages.filter(({ at }) => now - at < WEEK);
  const last = recent.at(-1);
  if (last === undefined) {
    return [ok('outages', 'no run was skipped or unlocked here for want of Redis within a week')];
  }
  const what =
    `within a week ${plural(recent.length, 'run')} of this node ${recent.length === 1 ? 'was' : 'were'} ` +
    `skipped or unlocked for want of Redis, the last ${last.event}: ${quote(last.key)} ${last.slot} (${last.reason})`;
  const mend =
    'was Redis away, or this node cut off? a --redis-timeout of 60s to 90s outlasts a failover; the local record has each';
  return [trouble('outages', 'warning', what, mend)];
};

const CHECKS: readonly NodeCheck[] = [
  checkVersion,
  checkPath,
  checkEnvironment,
  checkTimeSync,
  checkTimeZone,
  checkOutages,
];

/** Everything that can be said of this node. */
export function checkNode(facts: NodeFacts, context: NodeContext): readonly Finding[] {
  return CHECKS.flatMap((check) => check(facts, context));
}
