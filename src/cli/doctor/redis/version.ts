import { ok, trouble } from '../finding.js';
import { unknown } from './advice.js';
import type { Check } from './check.js';
import { serviceAt } from './service.js';

/** The first with ACLs and with scripts that replicate what they did. */
const OLDEST = 6;

export const checkVersion: Check = (facts) => {
  const { identity, place } = facts;
  if (identity.kind === 'refused') {
    return [unknown('version', 'the version', 'INFO server', identity, place)];
  }
  const { software, version, mode } = identity.value;
  const service = serviceAt(place);
  const what = `${software} ${version}, ${mode}${service === undefined ? '' : `, ${service.name}`}`;
  if (software === 'Valkey' || Number.parseInt(version, 10) >= OLDEST) return [ok('version', what)];
  return [
    trouble(
      'version',
      'warning',
      `${what}: no longer maintained, and has no ACL users`,
      'upgrade to Redis 7 or Valkey 8',
    ),
  ];
};

/** What answers there, and what the URL says that there is. */
export const checkKind: Check = ({ identity, place }, { topology }) => {
  if (identity.kind === 'refused') return [];
  const { mode, role } = identity.value;
  if (mode === 'sentinel') {
    return [
      trouble(
        'kind',
        'problem',
        'this is a Sentinel: it knows the master, and keeps no data itself',
        'name all Sentinels and the master: redis+sentinel://host:26379,host:26379/mymaster',
      ),
    ];
  }
  if (mode === 'cluster' && topology !== 'cluster' && serviceAt(place)?.serverless !== true) {
    return [
      trouble(
        'kind',
        'problem',
        'this is one node of a Redis Cluster, and most jobs belong to the others',
        'write redis+cluster:// (rediss+cluster:// with TLS) in place of redis://',
      ),
    ];
  }
  if (mode === 'standalone' && topology === 'cluster' && serviceAt(place) === undefined) {
    return [
      trouble(
        'kind',
        'problem',
        'this is a single server, and no node of a Redis Cluster',
        'write redis:// (rediss:// with TLS) in place of redis+cluster://',
      ),
    ];
  }
  if (role === 'replica') {
    return [
      trouble(
        'kind',
        'problem',
        'this is a replica: it takes no claims (READONLY, exit 75)',
        'name the master; at ElastiCache the primary endpoint, not the reader endpoint',
      ),
    ];
  }
  return [ok('kind', 'is what the URL says')];
};
