import { mapAnswer } from '../../../redis/survey/answered.js';
import type { Replica } from '../../../redis/survey/info.js';
import type { Place, Topology } from '../../../redis/target.js';
import { ok, trouble } from '../finding.js';
import { bytes, list, plural } from '../quantity.js';
import { toSet, unknown } from './advice.js';
import type { Check } from './check.js';
import { serviceAt } from './service.js';

/** Seconds, and bytes: more than this is lost in a failover. */
const LATE = 10;
const BEHIND = 1_048_576;

export const checkReplicas: Check = ({ info, place }, { topology, wantedReplicas }) => {
  if (serviceAt(place)?.serverless) return [];
  const told = mapAnswer(info, (all) => all.replication);
  if (told.kind === 'refused') {
    return [unknown('replicas', 'the replicas', 'INFO replication', told, place)];
  }
  const { replicas, masterLinkUp } = told.value;
  if (masterLinkUp !== undefined) return [];
  const there = replicas.filter(({ online }) => online).length;
  if (there < wantedReplicas) {
    return [
      trouble(
        'replicas',
        'problem',
        `--replicas asks for ${wantedReplicas}, and ${there} are there: no claim is confirmed, jobs exit 75`,
        'start more replicas, or ask for fewer',
      ),
    ];
  }
  if (replicas.length === 0) {
    const what = 'no replica: while this server is away, no job runs (exit 75)';
    if (topology === 'single') return [ok('replicas', what)];
    return [trouble('replicas', 'warning', what, toAddReplica(place, topology))];
  }
  const lagging = replicas.filter(isLagging);
  if (lagging.length === 0)
    return [ok('replicas', `${plural(replicas.length, 'replica')}, up to date`)];
  return [
    trouble(
      'replicas',
      'warning',
      `${lagging.length} of ${plural(replicas.length, 'replica')} behind: ${list(lagging.map(inWords))}; what it has not got, a failover forgets, and that slot can run twice`,
      'look at that replica: is it alive, is its network fast enough, what does its log say?',
    ),
  ];
};

function toAddReplica(place: Place, topology: Topology['kind']): string {
  const service = serviceAt(place);
  if (service !== undefined) return `add one; look at ${service.nodes}`;
  const master = place.kind === 'tcp' ? place : { host: 'HOST', port: 'PORT' };
  if (topology === 'cluster') {
    const here = `${master.host}:${master.port}`;
    return `start a server with cluster-enabled yes, then: redis-cli --cluster add-node NEWHOST:PORT ${here} --cluster-slave`;
  }
  return `start one: redis-server --replicaof ${master.host} ${master.port}`;
}

function isLagging({ online, lag, behind }: Replica): boolean {
  return !online || lag > LATE || behind > BEHIND;
}

function inWords({ address, online, lag, behind }: Replica): string {
  return `${address} (${online ? `${plural(lag, 'second')}, ${bytes(behind)}` : 'not in sync yet'})`;
}

/** Whether a master that is cut off from its replicas stops taking claims. */
export const checkMinReplicas: Check = ({ info, minReplicas, place }) => {
  const service = serviceAt(place);
  if (service?.serverless || service?.durable) return [];
  const replication = mapAnswer(info, (all) => all.replication);
  if (replication.kind === 'refused') {
    return [
      unknown('min-replicas', 'min-replicas-to-write', 'INFO replication', replication, place),
    ];
  }
  const { replicas, good, masterLinkUp } = replication.value;
  if (masterLinkUp !== undefined) return [];
  // INFO counts the good ones only where some are required.
  const required = minReplicas.kind === 'answered' ? minReplicas.value : undefined;
  if (good !== undefined && good < (required ?? 1)) {
    return [
      trouble(
        'min-replicas',
        'problem',
        `min-replicas-to-write is ${required ?? 'more than that'}, and ${good} are good enough: writes are refused (NOREPLICAS, exit 75)`,
        'bring a replica back, or require fewer (min-replicas-to-write)',
      ),
    ];
  }
  if (replicas.length === 0)
    return [ok('min-replicas', 'min-replicas-to-write is not needed: there is no replica')];
  if (good !== undefined)
    return [
      ok('min-replicas', `min-replicas-to-write is ${required ?? 'set'}, and ${good} are there`),
    ];
  if (required === undefined) {
    return [
      unknown(
        'min-replicas',
        'min-replicas-to-write',
        'CONFIG GET min-replicas-to-write',
        minReplicas,
        place,
      ),
    ];
  }
  return [
    trouble(
      'min-replicas',
      'warning',
      'no replica is required (min-replicas-to-write): a master that is cut off from its replicas goes on taking claims, which a failover forgets',
      ...toSet(place, 'min-replicas-to-write', '1'),
    ),
  ];
};
