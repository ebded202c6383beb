import { Failure } from '../../core/errors.js';
import type { TargetFacts } from '../../redis/survey/survey.js';
import { VERSION } from '../../version.js';
import type { Facts } from './examine.js';
import { type Finding, type Subject, trouble } from './finding.js';
import { checkFleet } from './fleet/all.js';
import { checkNode } from './node/checks.js';
import { checkServer } from './redis/all.js';
import { checkDistinct, haveSpare } from './redis/masters.js';
import { checkSentinels } from './redis/sentinels.js';

/** What `--json` prints. */
export interface DoctorReport {
  /** There is no problem. */
  readonly fit: boolean;
  /** Of redlock-run. */
  readonly version: string;
  /** This node's name. */
  readonly node: string;
  /** ISO 8601, UTC, by this node's clock. */
  readonly time: string;
  /** Whether this was cron's environment. */
  readonly asCron: boolean;
  readonly subjects: readonly Subject[];
}

/** Judges. Pure. @param now ms since the epoch */
export function makeReport(facts: Facts, now: number): DoctorReport {
  const { node, name } = facts;
  const fleet = fleetOf(facts);
  const jobs = fleet?.kind === 'answered' ? fleet.value : [];
  const subjects: readonly Subject[] = [
    ...redisSubjects(facts, now),
    { kind: 'node', name, findings: checkNode(node, { jobs, now }) },
  ];
  return {
    fit: !subjects.some(({ findings }) => findings.some(isProblem)),
    version: VERSION,
    node: name,
    time: new Date(now).toISOString(),
    asCron: node.leftOut !== undefined,
    subjects,
  };
}

function isProblem({ verdict }: Finding): boolean {
  return verdict === 'problem';
}

function redisSubjects(facts: Facts, now: number): readonly Subject[] {
  const { redis } = facts;
  if (redis instanceof Failure) {
    const mend = 'mend what it says; redlock-run --help names what is allowed';
    const finding = trouble('configuration', 'problem', redis.message, mend);
    return [{ kind: 'configuration', name: 'Configuration', findings: [finding] }];
  }
  const { prefix, retain } = redis.settings;
  const { targets } = redis;
  const isSpare = haveSpare(targets);
  const wantedReplicas = redis.settings.replicas ?? 0;
  const servers = targets.flatMap((target) => {
    const { topology, sentinels } = target;
    const context = { topology, isSpare, prefix, wantedReplicas, retain, now };
    return target.servers.map((server): Subject => {
      const findings = [
        ...checkServer(server, context),
        ...checkDistinct(server, targets),
        ...checkSentinels(sentinels),
      ];
      return { kind: 'redis', name: nameOf(server.label, target), findings };
    });
  });
  const fleet = fleetOf(facts);
  if (fleet === undefined) return servers;
  const findings = checkFleet(fleet, prefix);
  return [...servers, { kind: 'fleet', name: 'Jobs', findings }];
}

/** Says whence a server is known that the configuration does not name. */
function nameOf(server: string, { topology, label }: TargetFacts): string {
  if (server === label || topology === 'single') return server;
  return `${server}, ${topology === 'sentinel' ? 'the master by' : 'of'} ${label}`;
}

/** Each of several masters knows the whole fleet: the first that answers tells. */
function fleetOf({ redis }: Facts) {
  if (redis instanceof Failure) return undefined;
  const reached = redis.targets.filter(({ servers }) =>
    servers.some(({ kind }) => kind === 'reached'),
  );
  const fleets = reached.map(({ fleet }) => fleet);
  return fleets.find(({ kind }) => kind === 'answered') ?? fleets[0];
}
