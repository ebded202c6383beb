import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificates } from '../../support/certificates.js';
import { cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import type { RedisServer } from '../../support/redis-server.js';
import { type SentinelSet, startSentinels } from '../../support/sentinels.js';

failOnLeaks();

const PASSWORDS = { password: 'data-secret', sentinelPassword: 'sentinel-secret' };
const LOGIN = {
  REDIS_PASSWORD: PASSWORDS.password,
  REDIS_SENTINEL_PASSWORD: PASSWORDS.sentinelPassword,
};
/** ms that a call may take beyond its --redis-timeout, on a busy machine. */
const START_UP = 8_000;

let slots = 0;
const call = (url: string, env: Record<string, string>, args: readonly string[] = []) =>
  cli(
    ['--key', 'nightly', '--slot', `slot-${slots++}`, '--redis', url, ...args, '--', 'echo', 'ran'],
    { env },
  );

describe('three Sentinels with a password of their own', () => {
  let set: SentinelSet;
  let first: RedisServer;
  let others: readonly RedisServer[];
  beforeAll(async () => {
    set = await startSentinels({ ...PASSWORDS, replicas: 0 });
    const [one, ...more] = set.sentinels;
    if (one === undefined) throw new Error('no Sentinel');
    first = one;
    others = more;
  }, 60_000);
  afterEach(async () => {
    for (const sentinel of set.sentinels) sentinel.resume();
    await Promise.all(set.sentinels.map((one) => one.command('PING').catch(() => one.restart())));
  });
  afterAll(() => set.stop());

  test('lead to their master', async () => {
    expect(await call(set.url, LOGIN)).toMatchObject({ code: 0, stdout: 'ran\n', stderr: '' });
  });

  test.each(['kill9', 'pause'] as const)(
    'do so when the first of them is gone by %s',
    async (how) => {
      await first[how]();
      expect(await call(set.url, LOGIN)).toMatchObject({ code: 0, stdout: 'ran\n', stderr: '' });
      expect(first.isAwake).toBe(false);
    },
  );

  test.each(['kill9', 'pause'] as const)(
    'are an outage when all of them are gone by %s',
    async (how) => {
      await Promise.all(set.sentinels.map((sentinel) => sentinel[how]()));
      const { code, stdout, stderr, ms } = await call(set.url, LOGIN, ['--redis-timeout', '1s']);
      expect([code, stdout]).toEqual([75, '']);
      expect(stderr).toMatch(/^redlock-run: no Sentinel of "mymaster" answers: [^\n]+\n$/);
      expect(ms).toBeLessThan(1_000 + START_UP);
    },
  );

  test.each([
    ['the wrong password for the Sentinels', { ...LOGIN, REDIS_SENTINEL_PASSWORD: 'hunter2' }],
    ['none for the Sentinels', { REDIS_PASSWORD: PASSWORDS.password }],
    ['the wrong password for the master', { ...LOGIN, REDIS_PASSWORD: 'hunter2' }],
    ['none for the master', { REDIS_SENTINEL_PASSWORD: PASSWORDS.sentinelPassword }],
  ])('deny a login with %s at once', async (_, env) => {
    const { code, stderr, ms } = await call(set.url, env, ['--redis-timeout', '1m']);
    expect(code).toBe(77);
    expect(stderr).toMatch(/password/);
    expect(stderr).not.toContain('hunter2');
    expect(ms).toBeLessThan(START_UP);
  });

  test('deny a login even where only one of them is there to do so', async () => {
    await Promise.all(others.map((sentinel) => sentinel.kill9()));
    const env = { ...LOGIN, REDIS_SENTINEL_PASSWORD: 'hunter2' };
    const { code, stderr } = await call(set.url, env);
    expect([code, stderr.includes('hunter2')]).toEqual([77, false]);
  });

  test('know no other master', async () => {
    const { code, stderr } = await call(set.url.replace(set.name, 'another'), LOGIN);
    expect(code).toBe(78);
    expect(stderr).toMatch(/^redlock-run: Sentinel at [\d.:]+ knows no master called "another"\n$/);
  });
});

test('Sentinels over TLS lead to a master over TLS', async () => {
  const certificates = makeCertificates();
  const few = { replicas: 0, sentinels: 1, quorum: 1 };
  const set = await startSentinels({ ...PASSWORDS, ...few, tls: { certificates } });
  const trust = ['--redis-ca', certificates.ca];
  expect(await call(set.url, LOGIN, trust)).toMatchObject({ code: 0, stdout: 'ran\n', stderr: '' });
  expect(await call(set.url, LOGIN)).toMatchObject({ code: 78, stdout: '' });
  const plain = set.url.replace('rediss', 'redis');
  expect((await call(plain, LOGIN, ['--redis-timeout', '1s'])).code).toBe(78);
  await set.stop();
  certificates.remove();
});
