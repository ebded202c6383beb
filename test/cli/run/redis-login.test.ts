import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Flags } from '../../../src/cli/run/plain-flags.js';
import { redisLogin } from '../../../src/cli/run/redis-login.js';
import { readSettings } from '../../../src/cli/run/settings.js';
import { aclUser } from '../../support/acl-user.js';
import { type Certificates, makeCertificates } from '../../support/certificates.js';
import { type CliOptions, cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

const PASSWORD = 'open-sesame';

let certificates: Certificates;
/** Asks its clients for a certificate. */
let strict: RedisServer;
/** Shows the certificate of another host. */
let elsewhere: RedisServer;
let locked: RedisServer;
let passwordFile: string;
beforeAll(async () => {
  certificates = makeCertificates();
  strict = await startRedis({ tls: { certificates, asksClients: 'yes' } });
  elsewhere = await startRedis({ tls: { certificates, shows: certificates.otherHost } });
  locked = await startRedis({ config: { requirepass: PASSWORD } });
  await aclUser(locked, 'me', ['~*', '+@all'], 'of-me');
  passwordFile = join(certificates.folder, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`);
});
afterAll(async () => {
  await Promise.all([strict, elsewhere, locked].map((server) => server.stop()));
  certificates.remove();
});

let slots = 0;
const call = (args: readonly string[], env: CliOptions['env'] = {}) => {
  const own = ['--key', 'nightly', '--slot', `${++slots}`, '--redis-timeout', '1s'];
  return cli([...own, ...args, '--', 'echo', 'ran'], { env });
};
const RAN = { code: 0, stdout: 'ran\n', stderr: '' };

describe('over TLS', () => {
  const trusting = () => ['--redis-ca', certificates.ca];
  const asClient = () => [
    ...['--redis-cert', certificates.client.cert],
    ...['--redis-key', certificates.client.key],
  ];

  test('an authority of our own and a certificate of our own let us in', async () => {
    const args = ['-r', strict.tlsUrl, ...trusting(), ...asClient()];
    expect(await call(args)).toMatchObject(RAN);
  });

  test('variables and the configuration file say the same', async () => {
    const env = {
      REDLOCK_RUN_REDIS: strict.tlsUrl,
      REDLOCK_RUN_REDIS_CA: certificates.ca,
      REDLOCK_RUN_REDIS_CERT: certificates.client.cert,
      REDLOCK_RUN_REDIS_KEY: certificates.client.key,
    };
    expect(await call([], env)).toMatchObject(RAN);
    const config = join(certificates.folder, 'config.yaml');
    const { ca, client } = certificates;
    const lines = [`redis: ${strict.tlsUrl}`, `redis-ca: ${ca}`, `redis-cert: ${client.cert}`];
    writeFileSync(config, [...lines, `redis-key: ${client.key}`].join('\n'));
    expect(await call(['--config', config])).toMatchObject(RAN);
  });

  test('a server of another name is taken only by that name', async () => {
    const args = ['-r', elsewhere.tlsUrl, ...trusting()];
    expect(await call(args)).toMatchObject({ code: 78, stdout: '' });
    expect(await call([...args, '--redis-server-name', 'redis.example'])).toMatchObject(RAN);
    const wrong = await call([...args, '--redis-server-name', 'other.example']);
    expect(wrong).toMatchObject({ code: 78, stdout: '' });
    expect(wrong.stderr).toContain('its certificate is not accepted');
  });

  test.each<[string, () => string[], RegExp]>([
    ['an authority that did not sign it', () => ['--redis-ca', certificates.server.cert], /certif/],
    ['no authority', () => [], /its certificate is not accepted/],
    ['a CA file that is none', () => ['--redis-ca', passwordFile], /holds no certificate in PEM/],
    ['a key alone', () => [...trusting(), '--redis-key', passwordFile], /--redis-cert and --redis/],
  ])('with %s the job does not run', async (_, args, message) => {
    const result = await call(['-r', elsewhere.tlsUrl, ...args()]);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^redlock-run: [^\n]+\n$/);
    expect(result.stdout).toBe('');
    expect(result.code).toBeGreaterThanOrEqual(64);
  });

  test('what asks for TLS is never obeyed without it', async () => {
    const result = await call(['-r', strict.url, ...trusting()]);
    expect(result).toMatchObject({ code: 64, stdout: '' });
    expect(result.stderr).toContain('--redis-ca: belongs to a URL with TLS');
  });
});

describe('a password', () => {
  test.each<[string, () => string[], () => Record<string, string>]>([
    ['of a file', () => ['--redis-password-file', passwordFile], () => ({})],
    [
      'of a file that a variable names',
      () => [],
      () => ({ REDLOCK_RUN_REDIS_PASSWORD_FILE: passwordFile }),
    ],
    ['of a variable', () => [], () => ({ REDIS_PASSWORD: PASSWORD })],
    [
      'of a file, which goes before a variable',
      () => ['--redis-password-file', passwordFile],
      () => ({ REDIS_PASSWORD: 'another' }),
    ],
  ])('%s lets us in', async (_, args, env) => {
    expect(await call(['-r', locked.url, ...args()], env())).toMatchObject(RAN);
  });

  test('of a user of an ACL may come from beside the URL', async () => {
    const url = locked.url.replace('//', '//me@');
    expect(await call(['-r', url], { REDIS_PASSWORD: 'of-me' })).toMatchObject(RAN);
    expect(await call(['-r', url], { REDIS_PASSWORD: PASSWORD })).toMatchObject({ code: 77 });
  });

  test('in a URL goes before a file that a variable names', async () => {
    const env = {
      REDIS_URL: locked.url.replace('//', `//:${PASSWORD}@`),
      REDLOCK_RUN_REDIS_PASSWORD_FILE: '/no/such',
    };
    expect(await call([], env)).toMatchObject(RAN);
  });

  test('in a file that cannot be read is said to be so', async () => {
    const result = await call(['-r', locked.url, '--redis-password-file', '/no/such']);
    expect(result).toMatchObject({ code: 78, stdout: '' });
    expect(result.stderr).toBe('redlock-run: cannot read the password file "/no/such" (ENOENT)\n');
  });
});

describe('a password on the command line', () => {
  const url = () => locked.url.replace('//', `//:${PASSWORD}@`);

  test('works, and every run says in one line that ps shows it', async () => {
    const warning = /^redlock-run: --redis: ps shows the password in this URL [^\n]+\n$/;
    const own = ['--key', 'shown', '--slot', 'one', '-r', url()];
    const [winner, loser] = [
      await cli([...own, '--', 'echo', 'ran']),
      await cli([...own, '--', 'echo', 'ran']),
    ];
    expect(winner).toMatchObject({ code: 0, stdout: 'ran\n' });
    expect(loser).toMatchObject({ code: 0, stdout: '' });
    for (const { stderr } of [winner, loser]) {
      expect(stderr).toMatch(warning);
      expect(stderr).not.toContain(PASSWORD);
    }
  });

  test('is a warning, also for a machine, and not for the quiet', async () => {
    const json = await call(['-r', url(), '--log', 'json']);
    expect(JSON.parse(json.stderr)).toMatchObject({
      level: 'warning',
      event: 'password-on-command-line',
    });
    expect(await call(['-r', url(), '--quiet'])).toMatchObject(RAN);
  });

  test('is none where a variable or the configuration file has the URL', async () => {
    expect(await call([], { REDLOCK_RUN_REDIS: url() })).toMatchObject(RAN);
    const config = join(certificates.folder, 'url.yaml');
    writeFileSync(config, `redis: ${url()}\n`);
    chmodSync(config, 0o600);
    expect(await call(['--config', config])).toMatchObject(RAN);
  });
});

describe('several Redis', () => {
  const URLS = ['redis://a', 'rediss://b:1', 'redis+sentinel://c/main'];
  const labels = ['redis://a:6379', 'rediss://b:1', 'redis+sentinel://c:26379/main'];

  const read = async (flags: Flags, env: Record<string, string> = {}) => {
    const settings = await readSettings(new Map([['key', ['a']], ...flags]), env);
    return redisLogin(settings, flags, { env, now: () => 0 });
  };

  test('are given by the option, by a variable with white space, or as a list in a file', async () => {
    const config = join(certificates.folder, 'list.yaml');
    writeFileSync(config, `redis:\n${URLS.map((url) => `  - ${url}\n`).join('')}`);
    for (const { targets } of [
      await read(new Map([['redis', URLS]])),
      await read(new Map(), { REDLOCK_RUN_REDIS: ` ${URLS.join('\n ')} ` }),
      await read(new Map([['config', [config]]])),
    ]) {
      expect(targets.map(({ label }) => label)).toEqual(labels);
    }
  });

  test.each<[string, Record<string, string>, string[]]>([
    ['redis://a', {}, ['REDIS_PASSWORD']],
    ['redis://:pw@a', {}, ['REDIS_URL']],
    ['redis+sentinel://:pw@a/b', {}, ['REDIS_URL', 'REDIS_SENTINEL_PASSWORD']],
    ['redis://a', { REDLOCK_RUN_REDIS_PASSWORD_FILE: 'f' }, []],
    ['redis+sentinel://:pw@a/b', { REDLOCK_RUN_SENTINEL_PASSWORD_FILE: 'f' }, ['REDIS_URL']],
    ['redis://:pw@a redis://b redis://c', {}, ['REDIS_URL', 'REDIS_PASSWORD']],
    [
      'rediss://a',
      {
        REDLOCK_RUN_REDIS_IAM_USER: 'me',
        REDLOCK_RUN_REDIS_IAM_CACHE: 'cache',
        REDLOCK_RUN_REDIS_REGION: 'eu-west-1',
      },
      [],
    ],
  ])('at %s with %j keep from the job %j', async (REDIS_URL, env, kept) => {
    const { secretVariables } = await read(new Map(), { REDIS_URL, ...env });
    expect(secretVariables).toEqual(['REDLOCK_RUN_REDIS', ...kept]);
  });
});
