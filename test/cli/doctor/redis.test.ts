import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { cli } from '../../support/cli.js';
import { freePort } from '../../support/free-port.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { examine } from './support.js';

failOnLeaks();

const servers: RedisServer[] = [];
const server = async (config: Record<string, string | string[]> = {}) => {
  const started = await startRedis({ config });
  servers.push(started);
  return started;
};
afterEach(() => Promise.all(servers.splice(0).map((one) => one.stop())));

/** The environment of a process whose wall clock is off, e.g. by `+20s`. */
const inAnotherTime = (offset: string) => ({
  LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  FAKETIME: offset,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});

const PASSWORD = 'pw';
/** Makes a user, and gives the URL that logs in as it. */
const userOf = async ({ port, command }: RedisServer, ...rules: readonly string[]) => {
  await command('ACL', 'SETUSER', 'app', 'reset', 'on', `>${PASSWORD}`, ...rules);
  return `redis://app:${PASSWORD}@127.0.0.1:${port}`;
};

describe('the rights of the user', () => {
  test('that are too few are named, and the line to paste mends them', async () => {
    const redis = await server();
    const url = await userOf(redis, '~redlock-run:*', '+@all', '-eval', '-xadd', '-hget');
    const { code, finding } = await examine(['-r', url]);
    expect(code).toBe(1);
    expect(finding('rights')).toMatchObject({
      verdict: 'problem',
      what: 'user app may not use EVAL, HGET, XADD',
    });
    const paste = finding('rights')?.paste ?? '';
    expect(paste).toMatch(/^ACL SETUSER app on ~redlock-run:\* \+eval /);
    await redis.command(...paste.split(' '));
    expect((await examine(['-r', url])).finding('rights')?.verdict).toBe('ok');
  });

  test('as the line gives them to one who had none are enough, for doctor and for run', async () => {
    const redis = await server();
    const url = await userOf(redis);
    const { code, finding } = await examine(['-r', url, '--prefix', 'mine']);
    expect(code).toBe(1);
    expect(finding('rights')?.what).toMatch(/^user app may not use EVAL, .*not tried without/);
    await redis.command(...(finding('rights')?.paste ?? '').split(' '));
    const after = await examine(['-r', url, '--prefix', 'mine']);
    expect(after.code).toBe(0);
    expect(after.finding('rights')?.verdict).toBe('ok');
    const args = ['--key', 'a', '-r', url, '--prefix', 'mine', '--takeover', '--', 'echo', 'ran'];
    expect(await cli(args)).toMatchObject({ code: 0, stdout: 'ran\n' });
  });

  test('lack what a database other than 0 asks of the login: the line to paste mends all of it', async () => {
    const redis = await server();
    const url = `${await userOf(redis)}/1`;
    const { code, finding } = await examine(['-r', url, '--redis-timeout', '300ms']);
    expect(code).toBe(1);
    expect(finding('reach')).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining("'select' command"),
      paste: expect.stringMatching(/^ACL SETUSER app on ~redlock-run:\* \+eval .* \+select$/),
    });
    expect(finding('rights')).toBeUndefined();
    await redis.command(...(finding('reach')?.paste ?? '').split(' '));
    const after = await examine(['-r', url]);
    expect(after.finding('reach')?.verdict).toBe('ok');
    expect(after.finding('rights')?.verdict).toBe('ok');
  });

  test('that jobs run without are a warning', async () => {
    const redis = await server();
    const url = await userOf(redis, '~redlock-run:*', '+@all', '-sadd');
    const { code, finding } = await examine(['-r', url]);
    expect(code).toBe(0);
    expect(finding('rights')).toMatchObject({
      verdict: 'warning',
      what: 'user app may not use SADD: jobs are not listed',
    });
  });

  test('on other keys are told apart', async () => {
    const redis = await server();
    const url = await userOf(redis, '~other:*', '+@all');
    expect((await examine(['-r', url])).finding('rights')).toMatchObject({
      verdict: 'problem',
      what: 'user app may not touch the keys redlock-run:*',
    });
    expect((await examine(['-r', url, '--prefix', 'other'])).finding('rights')?.verdict).toBe('ok');
  });
});

describe('what may not be asked is unknown, never an error:', () => {
  const told = ['eviction', 'memory', 'persistence', 'replicas', 'min-replicas'];

  test('forbidden by an ACL', async () => {
    const redis = await server();
    const rules = ['~*', '+@all', '-info', '-config', '-acl', '-scan', '-smembers'];
    const { code, ids, finding } = await examine(['-r', await userOf(redis, ...rules)]);
    expect(code).toBe(0);
    expect(ids('problem')).toEqual([]);
    expect(ids('unknown')).toEqual(expect.arrayContaining(['info', 'keys', 'jobs']));
    expect(finding('version'), 'HELLO is allowed to all').toMatchObject({ verdict: 'ok' });
    for (const id of told) expect(finding('info')?.what).toContain(id);
    for (const id of told) expect(finding(id)).toBeUndefined();
    await redis.command(...(finding('info')?.paste ?? '').split(' '));
    const after = await examine(['-r', `redis://app:${PASSWORD}@127.0.0.1:${redis.port}`]);
    expect(after.ids('unknown').filter((id) => id !== 'time-sync')).toEqual([]);
  });

  test('renamed', async () => {
    const hidden = ['INFO', 'CONFIG', 'ACL', 'SCAN', 'HELLO'];
    const redis = await server(
      Object.fromEntries(hidden.map((name) => [`rename-command ${name}`, ''])),
    );
    const { code, ids } = await examine(['-r', redis.url]);
    expect(code).toBe(0);
    expect(ids('problem')).toEqual([]);
    expect(ids('unknown')).toEqual(expect.arrayContaining(['info', 'keys']));
  });

  test('CONFIG alone, where INFO tells most', async () => {
    const redis = await server({ appendonly: 'yes' });
    const url = await userOf(redis, '~*', '+@all', '-config');
    const { ids } = await examine(['-r', url]);
    expect(ids('unknown').filter((id) => id !== 'time-sync')).toEqual([]);
  });
});

describe('memory', () => {
  /** Leaves about this share of the limit. */
  const leave = async (redis: RedisServer, share: number) => {
    await redis.command('SETRANGE', 'filling', 5_000_000, 'x');
    const [, used = ''] =
      /used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory'))) ?? [];
    const limit = Math.round(Number(used) / (1 - share));
    await redis.command('CONFIG', 'SET', 'maxmemory', limit);
  };

  test.each([
    ['noeviction', 0.5, 'ok', 'ok'],
    ['noeviction', 0.12, 'ok', 'warning'],
    ['noeviction', 0.02, 'ok', 'problem'],
    ['volatile-lru', 0.5, 'ok', 'ok'],
    ['volatile-lru', 0.12, 'warning', 'warning'],
    ['allkeys-lru', 0.5, 'warning', 'ok'],
    ['allkeys-lru', 0.12, 'problem', 'warning'],
  ])(
    '%s with %d of it left: eviction is %s, memory %s',
    async (policy, share, eviction, memory) => {
      const redis = await server({ 'maxmemory-policy': policy });
      await leave(redis, share);
      const { finding } = await examine(['-r', redis.url]);
      expect(finding('memory')).toMatchObject({ verdict: memory });
      expect(finding('eviction')).toMatchObject({ verdict: eviction });
      if (eviction !== 'ok') {
        expect(finding('eviction')?.paste).toBe('CONFIG SET maxmemory-policy noeviction');
      }
    },
  );

  test('without a limit evicts nothing', async () => {
    const redis = await server({ 'maxmemory-policy': 'allkeys-lru' });
    expect((await examine(['-r', redis.url])).finding('eviction')?.verdict).toBe('ok');
  });

  test('that is used up refuses writes', async () => {
    const redis = await server({ maxmemory: '1' });
    const { code, finding } = await examine(['-r', redis.url]);
    expect(code).toBe(1);
    expect(finding('writes')).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining('Redis is out of memory'),
    });
    expect(finding('rights'), 'the ACL is not to blame').toMatchObject({ verdict: 'ok' });
  });
});

describe('persistence', () => {
  test.each<[Record<string, string>, string, RegExp]>([
    [{ appendonly: 'yes' }, 'ok', /about a second/],
    [{ appendonly: 'yes', appendfsync: 'always' }, 'ok', /forgets nothing$/],
    [{ appendonly: 'yes', appendfsync: 'no' }, 'warning', /up to about 30 seconds$/],
    [{ save: '' }, 'warning', /nothing is written to disk/],
    [{ save: '3600 1' }, 'warning', /dumps only, the last .* ago/],
  ])('%j is %s', async (config, verdict, what) => {
    const { finding } = await examine(['-r', (await server(config)).url]);
    expect(finding('persistence')).toMatchObject({ verdict, what: expect.stringMatching(what) });
  });

  test('that fails is a problem', async () => {
    const redis = await server({ save: '3600 1', dbfilename: 'dump' });
    rmSync(redis.folder, { recursive: true });
    await expect(redis.command('SAVE')).rejects.toThrow();
    await redis.command('BGSAVE').catch(() => {});
    await expect
      .poll(async () => String(await redis.command('INFO', 'persistence')))
      .toContain('rdb_last_bgsave_status:err');
    const { code, finding } = await examine(['-r', redis.url]);
    expect(code).toBe(1);
    expect(finding('persistence')).toMatchObject({ verdict: 'problem' });
    expect(finding('writes')?.what).toContain('MISCONF');
  });
});

describe('replication', () => {
  const replicaOf = async (master: RedisServer) => {
    const replica = await server({ replicaof: ['127.0.0.1', String(master.port)] });
    await expect
      .poll(async () => String(await master.command('INFO', 'replication')))
      .toContain('state=online');
    return replica;
  };

  test('a replica takes no claims', async () => {
    const master = await server({ 'repl-diskless-sync-delay': '0' });
    const { code, finding } = await examine(['-r', (await replicaOf(master)).url]);
    expect(code).toBe(1);
    expect(finding('kind')).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining('this is a replica'),
    });
  });

  test('a master may go on alone, or not', async () => {
    const master = await server({ 'repl-diskless-sync-delay': '0' });
    await replicaOf(master);
    const free = await examine(['-r', master.url]);
    expect(free.finding('replicas')).toMatchObject({
      verdict: 'ok',
      what: '1 replica, up to date',
    });
    const loose = free.finding('min-replicas');
    expect(loose).toMatchObject({ verdict: 'warning' });
    await master.command(...(loose?.paste ?? '').split(' '));
    const bound = await examine(['-r', master.url]);
    expect(bound.finding('min-replicas')).toMatchObject({
      verdict: 'ok',
      what: 'min-replicas-to-write is 1, and 1 are there',
    });
  });

  test('too few replicas are a problem', async () => {
    const master = await server({ 'min-replicas-to-write': '1' });
    const { code, ids } = await examine(['-r', master.url]);
    expect(code).toBe(1);
    expect(ids('problem')).toEqual(['writes', 'min-replicas']);
  });
});

test('a single server, asked as a cluster, is a problem', async () => {
  const redis = await server();
  const asCluster = async (url: string) =>
    (
      await examine(['-r', url.replace('redis:', 'redis+cluster:'), '--redis-timeout', '300ms'])
    ).report.subjects[0]?.findings.filter(({ verdict }) => verdict === 'problem');
  const mend = expect.stringMatching(/write redis:\/\/ .* in place of redis\+cluster:\/\//);
  expect(await asCluster(redis.url)).toMatchObject([{ id: 'reach', mend }]);
  const url = await userOf(redis, '~*', '+@all', '-cluster');
  expect(await asCluster(url)).toMatchObject([{ id: 'kind', mend }]);
});

test('a node of a cluster, asked as a single server, is a problem', async () => {
  const redis = await server({ 'cluster-enabled': 'yes' });
  const { code, finding } = await examine(['-r', redis.url]);
  expect(code).toBe(1);
  expect(finding('kind')).toMatchObject({ mend: expect.stringContaining('redis+cluster://') });
});

test('a Sentinel is no Redis, and nothing else is said of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-'));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  writeFileSync(file, `port ${port}\nbind 127.0.0.1\ndir ${folder}\n`);
  const sentinel = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  try {
    const { code, report } = await examine(['-r', `redis://127.0.0.1:${port}`]);
    expect(code).toBe(1);
    const [{ findings = [] } = {}] = report.subjects;
    expect(findings.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['reach', 'ok'],
      ['tls', 'ok'],
      ['version', 'ok'],
      ['kind', 'problem'],
    ]);
  } finally {
    const gone = once(sentinel, 'exit');
    sentinel.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true });
  }
});

describe('a TLS certificate', () => {
  let folder = '';
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** @returns the port of a server with such a certificate, and its file */
  const serverWith = async (days: number, name = 'IP:127.0.0.1') => {
    folder = mkdtempSync(join(tmpdir(), 'tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const names = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${name}`];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const files = ['-keyout', key, '-out', cert];
    const args = ['req', '-x509', '-nodes', '-days', `${days}`, ...curve, ...names, ...files];
    execFileSync('openssl', args, { stdio: 'ignore' });
    const port = await freePort();
    await server({
      'tls-port': String(port),
      'tls-cert-file': cert,
      'tls-key-file': key,
      'tls-ca-cert-file': cert,
      'tls-auth-clients': 'no',
    });
    return { port, cert };
  };
  const reach = async (...args: readonly string[]) =>
    (await examine(['--redis-timeout', '300ms', ...args])).finding('reach');

  test.each([
    [10, 'warning', /in (9|10) days?\. After that every node is refused/],
    [90, 'ok', /in (89|90) days$/],
  ])('that ends in %d days is %s', async (days, verdict, what) => {
    const { port, cert } = await serverWith(days);
    const env = { NODE_EXTRA_CA_CERTS: cert };
    const { code, finding } = await examine(['-r', `rediss://127.0.0.1:${port}`], { env });
    expect(code).toBe(0);
    expect(finding('tls')).toMatchObject({ verdict, what: expect.stringMatching(what) });
  });

  test('of an authority that is not known asks for --redis-ca, which mends it', async () => {
    const { port, cert } = await serverWith(90);
    const where = ['-r', `rediss://127.0.0.1:${port}`];
    expect((await reach(...where))?.mend).toContain('--redis-ca FILE');
    expect(await reach(...where, '--redis-ca', cert)).toMatchObject({ verdict: 'ok' });
  });

  test('with another name asks for --redis-server-name, which mends it', async () => {
    const { port, cert } = await serverWith(90, 'DNS:cache.internal');
    const where = ['-r', `rediss://127.0.0.1:${port}`, '--redis-ca', cert];
    expect((await reach(...where))?.mend).toContain('--redis-server-name');
    const named = [...where, '--redis-server-name', 'cache.internal'];
    expect(await reach(...named)).toMatchObject({ verdict: 'ok' });
  });

  test('that is over is to be renewed', async () => {
    const { port, cert } = await serverWith(10);
    const where = ['-r', `rediss://127.0.0.1:${port}`, '--redis-ca', cert];
    const { finding } = await examine(where, { env: inAnotherTime('+20d') });
    expect(finding('reach')?.mend).toContain('renew the certificate at the server');
  });

  test('behind redis:// is asked after', async () => {
    const { port } = await serverWith(90);
    expect((await reach('-r', `redis://127.0.0.1:${port}`))?.mend).toContain('rediss://');
  });
});

describe("this node's clock", () => {
  test.each([
    ['+0', 'ok', /agree to within/],
    ['-20s', 'warning', /(19|20) seconds behind that of Redis/],
    ['+20s', 'warning', /(19|20|21) seconds ahead of that of Redis/],
    ['+2h', 'problem', /2 hours ahead of that of Redis: its bids are refused/],
  ])('that is off by %s is %s', async (offset, verdict, what) => {
    const redis = await server();
    const { code, finding } = await examine(['-r', redis.url], { env: inAnotherTime(offset) });
    expect(finding('clock')).toMatchObject({ verdict, what: expect.stringMatching(what) });
    expect(code).toBe(verdict === 'problem' ? 1 : 0);
  });
});

describe('records of slots', () => {
  test('that never expire are named, with the line that mends the first', async () => {
    const redis = await server();
    const job = ['--key', 'nightly', '--slot', 'by-hand', '-r', redis.url, '--', 'true'];
    expect(await cli(job)).toMatchObject({ code: 0 });
    expect((await examine(['-r', redis.url])).finding('keys')).toMatchObject({
      verdict: 'ok',
      what: '2 records of slots looked at: all of them expire',
    });
    await redis.command('PERSIST', 'redlock-run:{nightly}:slot:by-hand');
    await redis.command('SET', 'redlock-run:{nightly}:other', 'is nothing of a slot');
    const { code, finding } = await examine(['-r', redis.url, '--retain', '2h']);
    expect(code).toBe(0);
    expect(finding('keys')).toMatchObject({
      verdict: 'warning',
      what: expect.stringContaining(
        '1 record without an expiry: "redlock-run:{nightly}:slot:by-hand"',
      ),
      paste: 'PEXPIRE "redlock-run:{nightly}:slot:by-hand" 7200000',
    });
  });
});
