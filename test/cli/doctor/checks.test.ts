import { describe, expect, test } from 'vitest';
import { checkServer } from '../../../src/cli/doctor/redis/all.js';
import { serviceAt } from '../../../src/cli/doctor/redis/service.js';
import type { Answered } from '../../../src/redis/survey/answered.js';
import { type Identity, type Info, readHello, readInfo } from '../../../src/redis/survey/info.js';
import type { ServerFacts } from '../../../src/redis/survey/server-facts.js';
import type { Place, Topology } from '../../../src/redis/target.js';

/*
 * What no server on this machine can show: managed services, old versions, distant replicas.
 */

const at = (host: string): Place => ({ kind: 'tcp', host, port: 6379 });
const ELASTICACHE = at('prod.abc123.ng.0001.euw1.cache.amazonaws.com');
const SERVERLESS = at('prod-abc123.serverless.euw1.cache.amazonaws.com');
const MEMORYDB = at('clustercfg.prod.abc123.memorydb.eu-west-1.amazonaws.com');
const OWN = at('10.0.0.5');

const answered = <T>(value: T): Answered<T> => ({ kind: 'answered', value });
const forbidden: Answered<never> = { kind: 'refused', why: 'NOPERM', forbidden: true };

const IDENTITY: Identity = {
  software: 'Redis',
  version: '7.1.0',
  mode: 'standalone',
  role: 'master',
};
const INFO: Info = {
  identity: IDENTITY,
  runId: 'c0ffee',
  memory: { policy: 'noeviction', used: 1, limit: 100, evicted: 0 },
  persistence: { appendOnly: true, lastWriteFailed: false, lastSave: 0 },
  replication: { replicas: [], masterLinkUp: undefined, good: undefined },
};
const FACTS: ServerFacts = {
  kind: 'reached',
  label: 'redis://10.0.0.5:6379',
  place: OWN,
  tls: true,
  certificateEnds: undefined,
  roundTrip: 1,
  clock: answered({ ahead: 0, error: 1 }),
  identity: answered(IDENTITY),
  info: answered(INFO),
  minReplicas: answered(0),
  save: answered(''),
  appendFsync: answered('everysec'),
  user: 'app',
  trials: [],
  lastingKeys: answered({ names: [], looked: 0, complete: true }),
};

const check = (facts: Partial<ServerFacts>, id: string, topology: Topology['kind'] = 'single') => {
  const context = {
    topology,
    isSpare: false,
    prefix: 'redlock-run',
    wantedReplicas: 0,
    retain: 1,
    now: 0,
  };
  return checkServer({ ...FACTS, ...facts }, context).find((finding) => finding.id === id);
};
const info = (given: Partial<Info>) => answered<Info>({ ...INFO, ...given });

test.each([
  [ELASTICACHE, 'ElastiCache'],
  [at('CLUSTERCFG.prod.abc.cnn1.cache.amazonaws.com.cn'), 'ElastiCache'],
  [SERVERLESS, 'ElastiCache Serverless'],
  [MEMORYDB, 'MemoryDB'],
  [at('prod.redis.cache.windows.net'), 'Azure'],
  [at('cache.amazonaws.com.evil.example'), undefined],
  [OWN, undefined],
  [{ kind: 'unix', path: '/run/redis.sock' } as const, undefined],
])('%o is %s', (place, name) => {
  expect(serviceAt(place)?.name).toBe(name);
});

describe('at a managed service', () => {
  test('settings are in its console, not in redis-cli', () => {
    const facts = { place: ELASTICACHE, minReplicas: forbidden };
    const replicas = [{ address: 'a:1', online: true, lag: 0, behind: 0 }];
    const replication = { replicas, masterLinkUp: undefined, good: undefined };
    const finding = check({ ...facts, info: info({ replication }) }, 'min-replicas');
    expect(finding).toMatchObject({ verdict: 'unknown' });
    expect(finding?.mend).toContain('parameter group');
    expect(finding).not.toHaveProperty('paste');

    const memory = { policy: 'allkeys-lru', used: 99, limit: 100, evicted: 0 };
    const eviction = check({ ...facts, info: info({ memory }) }, 'eviction');
    expect(eviction?.mend).toMatch(/set maxmemory-policy to noeviction; .*parameter group/);
  });

  test('rights are an access string', () => {
    const trials = [{ command: 'EVAL', answer: forbidden }, { command: 'TIME' }];
    expect(check({ place: ELASTICACHE, trials }, 'rights')).toMatchObject({
      paste: 'on ~redlock-run:* +eval +time',
    });
  });

  test('a replica makes up for a missing file', () => {
    const persistence = { appendOnly: false, lastWriteFailed: false, lastSave: 0 };
    const replicas = [{ address: 'a:1', online: true, lag: 0, behind: 0 }];
    const replication = { replicas, masterLinkUp: undefined, good: undefined };
    const facts = { info: info({ persistence, replication }) };
    expect(check({ ...facts, place: ELASTICACHE }, 'persistence')?.verdict).toBe('ok');
    expect(check({ ...facts, place: OWN }, 'persistence')?.verdict).toBe('warning');
  });

  test('what cannot be done there is not advised', () => {
    const persistence = { appendOnly: false, lastWriteFailed: false, lastSave: 0 };
    const alone = { place: ELASTICACHE, info: info({ persistence }) };
    expect(check(alone, 'persistence')?.mend).toMatch(/^add a replica/);
    expect(check(alone, 'replicas', 'cluster')?.mend).toMatch(/^add one; .* console$/);
    expect(check({}, 'replicas', 'cluster')?.mend).toContain('10.0.0.5:6379 --cluster-slave');
    expect(check({}, 'replicas', 'sentinel')?.mend).toContain('--replicaof 10.0.0.5 6379');

    const memory = { policy: 'volatile-lru', used: 99, limit: 100, evicted: 0 };
    const eviction = check({ place: SERVERLESS, info: info({ memory }) }, 'eviction');
    expect(eviction?.mend).toContain('room to grow');
  });

  test('serverless speaks as a cluster, and has no replicas of ours', () => {
    const identity = answered<Identity>({ ...IDENTITY, mode: 'cluster' });
    const facts = { place: SERVERLESS, identity, info: forbidden };
    expect(check(facts, 'kind')?.verdict).toBe('ok');
    expect(check(facts, 'replicas')).toBeUndefined();
    expect(check(facts, 'persistence')?.verdict).toBe('ok');
    expect(check({ ...facts, place: OWN }, 'kind')?.verdict).toBe('problem');
    expect(check({ ...facts, place: OWN }, 'kind', 'cluster')?.verdict).toBe('ok');
  });

  test('MemoryDB keeps what it confirms', () => {
    expect(check({ place: MEMORYDB, info: forbidden }, 'persistence')?.verdict).toBe('ok');
    expect(check({ place: MEMORYDB, info: forbidden }, 'min-replicas')).toBeUndefined();
  });
});

test.each<[Partial<Identity>, string]>([
  [{ version: '5.0.14' }, 'warning'],
  [{ version: '6.2.0' }, 'ok'],
  [{ software: 'Valkey', version: '8.1.0' }, 'ok'],
])('version %o is %s', (given, verdict) => {
  expect(check({ identity: answered({ ...IDENTITY, ...given }) }, 'version')?.verdict).toBe(
    verdict,
  );
});

test.each([
  [{ online: true, lag: 1, behind: 100 }, 'ok'],
  [{ online: true, lag: 11, behind: 100 }, 'warning'],
  [{ online: true, lag: 1, behind: 2_000_000 }, 'warning'],
  [{ online: false, lag: 0, behind: 0 }, 'warning'],
])('a replica with %o is %s', (state, verdict) => {
  const replicas = [{ address: '10.0.0.6:6379', ...state }];
  const replication = { replicas, masterLinkUp: undefined, good: undefined };
  expect(check({ info: info({ replication }) }, 'replicas')?.verdict).toBe(verdict);
});

test.each<[Topology['kind'], string]>([
  ['single', 'ok'],
  ['sentinel', 'warning'],
  ['cluster', 'warning'],
])('no replica of a %s is %s', (topology, verdict) => {
  expect(check({}, 'replicas', topology)?.verdict).toBe(verdict);
});

test.each([
  [false, OWN, 'warning'],
  [false, at('127.0.0.1'), 'ok'],
  [false, at('localhost'), 'ok'],
  [true, OWN, 'ok'],
])('TLS %s at %o is %s', (tls, place, verdict) => {
  expect(check({ tls, place }, 'tls')?.verdict).toBe(verdict);
});

test('a slow server is a warning', () => {
  expect(check({ roundTrip: 250 }, 'reach')).toMatchObject({ verdict: 'warning' });
});

test('a look that was cut short is not called complete', () => {
  const lastingKeys = answered({ names: [], looked: 5, complete: false });
  expect(check({ lastingKeys }, 'keys')).toMatchObject({ verdict: 'unknown' });
});

test('what INFO and HELLO of a Valkey say is read', () => {
  const text = [
    '# Server',
    'redis_version:7.2.4',
    'server_name:valkey',
    'valkey_version:8.0.1',
    'redis_mode:standalone',
    'run_id:c0ffee',
    '# Replication',
    'role:master',
    'connected_slaves:1',
    'slave0:ip=10.0.0.6,port=6379,state=online,offset=90,lag=1,type=replica',
    'master_repl_offset:100',
    '',
  ].join('\r\n');
  expect(readInfo(text)).toEqual({
    identity: { software: 'Valkey', version: '8.0.1', mode: 'standalone', role: 'master' },
    runId: 'c0ffee',
    memory: undefined,
    persistence: undefined,
    replication: {
      replicas: [{ address: '10.0.0.6:6379', online: true, lag: 1, behind: 10 }],
      masterLinkUp: undefined,
      good: undefined,
    },
  });
  const hello = ['server', 'valkey', 'version', '8.0.1', 'mode', 'cluster', 'role', 'replica'];
  expect(readHello(hello)).toEqual({
    software: 'Valkey',
    version: '8.0.1',
    mode: 'cluster',
    role: 'replica',
  });
  expect(readHello('OK')).toBeUndefined();
  expect(readInfo(null)).toBeUndefined();
});
