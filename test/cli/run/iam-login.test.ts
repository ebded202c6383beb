import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AwsCredentials } from '../../../src/redis/login/iam-token.js';
import { parametersOf, signedByAws } from '../../redis/login/signed-by-aws.js';
import { type Certificates, makeCertificates } from '../../support/certificates.js';
import { BIN, cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type Proxy as Listener, startProxy } from '../../support/proxy.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'Canary/K7MDENG+bPx' };
const SESSION = { ...KEYS, sessionToken: 'IQoJb3JpZ2lu//Canary+a/b==' };
/** As AWS's services hand them out. */
const HANDED_OUT = JSON.stringify({
  Code: 'Success',
  AccessKeyId: SESSION.accessKeyId,
  SecretAccessKey: SESSION.secretAccessKey,
  Token: SESSION.sessionToken,
  Expiration: '2999-01-01T00:00:00Z',
});

let certificates: Certificates;
let redis: RedisServer;
/** Between TLS and Redis: sees what logs in. */
let listener: Listener;
let tls: TlsServer;
beforeAll(async () => {
  certificates = makeCertificates();
  redis = await startRedis();
  // Any token is taken, because this Redis cannot ask AWS; what it was is checked here.
  await redis.command('ACL', 'SETUSER', 'iam-user', 'reset', 'on', 'nopass', '~*', '+@all');
});
beforeEach(async () => {
  listener = await startProxy(redis.port);
  const { cert, key } = certificates.server;
  tls = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
    const upstream = connect(listener.port, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) end.on('error', () => socket.destroy());
  });
  await once(tls.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  tls.close();
  await listener.stop();
});
afterAll(async () => {
  await redis.stop();
  certificates.remove();
});

/** What the process may know of AWS is what the test gives it. */
const BARE = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };

const portOf = (server: Server | TlsServer) => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
};
let slots = 0;
const words = (...more: string[]) => [
  ...['--key', 'nightly', '--slot', `${++slots}`, '--log', 'json', '-v'],
  ...['-r', `rediss://127.0.0.1:${portOf(tls)}`, '--redis-ca', certificates.ca],
  ...['--redis-iam-user', 'iam-user', '--redis-iam-cache', 'My-Cache'],
  ...['--redis-region', 'eu-west-1', ...more, '--', 'env'],
];

const expectLogin = async (by: AwsCredentials) => {
  const [name, user, token = ''] = listener.requests[0]?.args ?? [];
  expect([name?.toLowerCase(), user]).toEqual(['auth', 'iam-user']);
  const sent = parametersOf(token);
  const at = (sent['X-Amz-Date'] ?? '').replace(
    /^(....)(..)(..)T(..)(..)(..)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000);
  const login = { user: 'iam-user', cache: 'my-cache', region: 'eu-west-1' };
  const endpoint = { service: 'elasticache', isServerless: false } as const;
  expect(sent).toEqual(await signedByAws({ ...login, ...endpoint }, by, Date.parse(at)));
  return token;
};

/** A service of AWS on the loopback interface. */
const serve = async (answer: (request: IncomingMessage) => string | undefined) => {
  const server = createServer((request, response) => {
    const text = answer(request);
    response.writeHead(text === undefined ? 404 : 200, { Connection: 'close' }).end(text);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, url: `http://127.0.0.1:${portOf(server)}` };
};

describe('the AWS credentials', () => {
  test.each<[string, AwsCredentials, Record<string, string>]>([
    ['keys', KEYS, {}],
    ['keys of a session', SESSION, { AWS_SESSION_TOKEN: SESSION.sessionToken }],
  ])('in the environment: %s; the job has them, too', async (_, by, more) => {
    const env = {
      ...BARE,
      AWS_ACCESS_KEY_ID: by.accessKeyId,
      AWS_SECRET_ACCESS_KEY: by.secretAccessKey,
      ...more,
    };
    const { code, stdout, stderr } = await cli(words(), { env });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('"won"') });
    expect(stdout).toContain(`AWS_SECRET_ACCESS_KEY=${by.secretAccessKey}\n`);
    const token = await expectLogin(by);
    expect(stderr).not.toContain('Canary');
    expect(stdout + stderr).not.toContain(token);
  });

  test('of a container are asked of its agent', async () => {
    const { server, url } = await serve((request) =>
      request.url === '/creds' && request.headers.authorization === 'Canary-token'
        ? HANDED_OUT
        : undefined,
    );
    const env = {
      ...BARE,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/creds`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Canary-token',
    };
    const { code, stderr } = await cli(words(), { env });
    server.close();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await expectLogin(SESSION);
    expect(stderr).not.toContain('Canary');
  });

  test('of the role of the instance are asked of its metadata service', async () => {
    const asked: string[] = [];
    const role = '/latest/meta-data/iam/security-credentials/';
    const { server, url } = await serve(({ method, url = '', headers }) => {
      asked.push(`${method} ${url}`);
      if (method === 'PUT') return url === '/latest/api/token' ? 'session' : undefined;
      if (headers['x-aws-ec2-metadata-token'] !== 'session') return undefined;
      return { [role]: 'my-role', [`${role}my-role`]: HANDED_OUT }[url];
    });
    const env = { ...BARE, AWS_EC2_METADATA_SERVICE_ENDPOINT: url };
    const { code, stderr } = await cli(words(), { env });
    server.close();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(asked).toEqual(['PUT /latest/api/token', `GET ${role}`, `GET ${role}my-role`]);
    await expectLogin(SESSION);
    expect(stderr).not.toContain('Canary');
  });

  test('that are nowhere: one line says where they were looked for', async () => {
    const { server, url } = await serve(() => undefined);
    const env = { ...BARE, AWS_EC2_METADATA_SERVICE_ENDPOINT: url };
    const { code, stdout, stderr } = await cli(words(), { env });
    server.close();
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' });
    expect(stderr).toMatch(/^[^\n]+no AWS credentials were found for the IAM login[^\n]+\n$/);
    expect(listener.requests).toEqual([]);
  });

  test('that nobody answers about end with the time for the decision', async () => {
    const { server, url } = await serve(() => undefined);
    server.close();
    const env = { ...BARE, AWS_EC2_METADATA_SERVICE_ENDPOINT: url };
    const { code, stdout, ms } = await cli(words('--redis-timeout', '3s'), { env });
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' });
    expect(ms).toBeLessThan(10_000);
  });
});

describe('without the package of the AWS SDK', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'without-sdk-'));
    const here = dirname(dirname(BIN));
    for (const name of ['bin', 'dist', 'package.json']) {
      cpSync(join(here, name), join(folder, name), { recursive: true });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, [join(folder, 'bin/redlock-run.js'), ...words()], {
      env: { PATH: process.env.PATH, ...BARE, ...env },
    });

  test('keys in the environment are enough', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    };
    expect((await run(env)).stdout).toContain('REDLOCK_RUN_KEY=nightly');
    await expectLogin(KEYS);
  });

  test('one line says what to install for others', async () => {
    await expect(run({})).rejects.toMatchObject({
      code: 78,
      stdout: '',
      stderr: expect.stringMatching(
        /^[^\n]+install the package @aws-sdk\/credential-provider-node where [^\n]+\n$/,
      ),
    });
  });
});
