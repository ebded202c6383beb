import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import pkg from '../../../package.json' with { type: 'json' };
import { cli } from '../../support/cli.js';
import { freePort } from '../../support/free-port.js';
import { failOnLeaks } from '../../support/leaks.js';
import { startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { examine } from './support.js';

failOnLeaks();

const PASSWORD = 'Canary-41ce';

let redis: RedisServer;
let locked: RedisServer;
beforeAll(async () => {
  [redis, locked] = await Promise.all([
    startRedis({ config: { appendonly: 'yes', maxmemory: '100mb' } }),
    startRedis({ config: { requirepass: PASSWORD } }),
  ]);
});
afterAll(() => Promise.all([redis.stop(), locked.stop()]));

describe('a fit server', () => {
  test('has no problem and no warning', async () => {
    const { code, stderr, report } = await examine(['-r', redis.url]);
    expect({ code, stderr, fit: report.fit }).toEqual({ code: 0, stderr: '', fit: true });
    const [first] = report.subjects;
    expect(first).toMatchObject({ kind: 'redis', name: redis.url });
    const ids = 'reach tls version kind rights eviction memory persistence replicas';
    expect(first?.findings.map(({ id, verdict }) => [id, verdict])).toEqual(
      `${ids} min-replicas clock keys`.split(' ').map((id) => [id, 'ok']),
    );
  });

  test('keeps nothing of it: what was tried expires', async () => {
    await redis.command('FLUSHALL');
    await examine(['-r', redis.url]);
    const keys = [await redis.command('KEYS', '*')].flat().map(String);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatch(/^redlock-run:doctor:\{/);
      expect(await redis.command('PTTL', key)).toBeGreaterThan(0);
    }
  });

  test('is found where the environment says, under the prefix that is given', async () => {
    await redis.command('FLUSHALL');
    const { code } = await examine(['--prefix', 'other'], { env: { REDIS_URL: redis.url } });
    expect(code).toBe(0);
    for (const key of [await redis.command('KEYS', '*')].flat()) expect(key).toMatch(/^other:/);
  });
});

test('the report for a machine has these names', async () => {
  const { report } = await examine(['-r', redis.url, '--node', 'web-1']);
  expect(report).toEqual({
    fit: true,
    version: pkg.version,
    node: 'web-1',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    asCron: false,
    subjects: [
      { kind: 'redis', name: redis.url, findings: expect.any(Array) },
      { kind: 'fleet', name: 'Jobs', findings: expect.any(Array) },
      { kind: 'node', name: 'web-1', findings: expect.any(Array) },
    ],
  });
  for (const { id, verdict, what, mend, paste, ...rest } of report.subjects.flatMap(
    ({ findings }) => findings,
  )) {
    expect(rest).toEqual({});
    expect(id).toMatch(/^[a-z-]+$/);
    expect(what).not.toBe('');
    expect(['ok', 'warning', 'problem', 'unknown']).toContain(verdict);
    expect(mend === undefined, `${id} is ${verdict}`).toBe(verdict === 'ok');
    if (paste !== undefined) expect(mend).toBeDefined();
  }
});

describe('the report for a person', () => {
  test('fits into 80 columns, but for lines to copy, and has no colours in a pipe', async () => {
    const { code, stdout, stderr } = await cli(['doctor', '-r', locked.url], {
      env: { REDIS_PASSWORD: PASSWORD },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('\u001b');
    for (const line of stdout.split('\n').filter((text) => text.startsWith(' '))) {
      expect(line.length, line).toBeLessThanOrEqual(80);
    }
    expect(stdout).toContain('\nCONFIG SET appendonly yes\n');
    expect(stdout).toMatch(/\nFit: 0 problems, \d warnings?, \d unknown\.\n$/);
  });

  test('has colours in a terminal, unless NO_COLOR says otherwise', async () => {
    const args = ['doctor', '-r', locked.url];
    const env = { REDIS_PASSWORD: PASSWORD };
    const coloured = await cli(args, { env, terminal: true });
    expect(coloured.stdout).toContain('\u001b[33mwarning');
    const plain = await cli(args, { env: { ...env, NO_COLOR: '1' }, terminal: true });
    expect(plain.stdout).not.toContain('\u001b');
  });
});

describe('a Redis that cannot be used is one finding, with the words of run, and the node is checked:', () => {
  const alike = async (url: string, mend: RegExp, env: Record<string, string> = {}) => {
    const where = ['-r', url, '--redis-timeout', '300ms'];
    const said = await cli(['--key', 'a', '--slot', '1', ...where, '--', 'true'], { env });
    const { code, finding, report } = await examine(where, { env });
    expect(code).toBe(1);
    expect(report.fit).toBe(false);
    const reach = finding('reach');
    expect(reach).toMatchObject({ verdict: 'problem', mend: expect.stringMatching(mend) });
    // The rest is the server's, which answers to what it was asked.
    const ours = (text = '') =>
      text
        .trim()
        .replace(/\d+ ms/, 'some ms')
        .replace(/ \(.*\)$/, '');
    expect(ours(said.stderr)).toBe(`redlock-run: ${ours(reach?.what)}`);
    expect(report.subjects.map(({ kind }) => kind)).toEqual(['redis', 'node']);
    expect(JSON.stringify(report)).not.toContain(PASSWORD);
  };

  test('nobody listens', async () => {
    await alike(`redis://127.0.0.1:${await freePort()}`, /firewall/);
  });
  test('it accepts and says nothing', async () => {
    const deaf = await startProxy(locked.port, { deaf: true });
    try {
      await alike(deaf.url, /firewall/);
    } finally {
      await deaf.stop();
    }
  });
  test('the password is missing', () => alike(locked.url, /password/));
  test('the password is wrong', () => {
    return alike(locked.url, /password/, { REDIS_PASSWORD: `x${PASSWORD}` });
  });
  test('there is no such database', () => {
    return alike(`${locked.url}/99`, /number below .* databases/, { REDIS_PASSWORD: PASSWORD });
  });
});

test('a server that falls silent in the middle is given up, and the rest is unknown', async () => {
  const proxy = await startProxy(redis.port, {
    fault: ({ args: [name] }) => (name === 'TIME' ? undefined : 'swallow-reply'),
  });
  try {
    const { code, ids } = await examine(['-r', proxy.url, '--redis-timeout', '300ms']);
    expect(code).toBe(0);
    expect(ids('unknown')).toEqual(expect.arrayContaining(['version', 'memory', 'keys', 'jobs']));
    expect(proxy.connections).toBeLessThan(5);
  } finally {
    await proxy.stop();
  }
});

test('a configuration that cannot be read is a finding, too', async () => {
  const { code, finding, report } = await examine([], { env: { REDIS_URL: 'http://a' } });
  expect(code).toBe(1);
  expect(finding('configuration')?.what).toMatch(/^REDIS_URL: unknown scheme/);
  expect(report.subjects.map(({ kind }) => kind)).toEqual(['configuration', 'node']);
});

describe('bad usage is refused in one line:', () => {
  test.each<[string[], string]>([
    [['--kye', 'x'], "unknown option '--kye'"],
    [['--redis'], '--redis: its value is missing'],
    [['--redis-timeout', '5'], '--redis-timeout: "5" is not a duration'],
    [['nightly'], 'unexpected "nightly"'],
    [['--', 'true'], 'doctor runs no command'],
  ])('%j', async (args, words) => {
    const { code, stdout, stderr } = await cli(['doctor', ...args]);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(/^redlock-run: [^\n]+\n$/);
    expect(stderr).toContain(words);
  });
});

test.each([[['doctor', '--help']], [['help', 'doctor']]])('%j explains it', async (args) => {
  const { code, stdout } = await cli(args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Usage: redlock-run doctor/);
  expect(stdout).toContain('--redis-timeout <dur>');
  expect(stdout).not.toContain('--left-out');
  for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
});
