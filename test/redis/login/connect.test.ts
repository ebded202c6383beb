import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Bid, ClaimStore } from '../../../src/core/claim.js';
import { iamToken } from '../../../src/redis/login/iam-token.js';
import type { Login } from '../../../src/redis/login/login.js';
import { openStore } from '../../../src/redis/open-store.js';
import { parseRedisUrls, targetsAt } from '../../../src/redis/targets.js';
import { systemClock } from '../../../src/system-clock.js';
import { aclUser } from '../../support/acl-user.js';
import { BID } from '../../support/bid.js';
import { type Certificates, makeCertificates } from '../../support/certificates.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

failOnLeaks();

const NOON = Date.UTC(2026, 10, 23, 12);
const RIGHTS = ['~redlock-run:*', '+@all'];
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalr/K7MDENG+bPx' };

let certificates: Certificates;
let redis: RedisServer;
let store: ClaimStore | undefined;
beforeAll(async () => {
  certificates = makeCertificates();
  redis = await startRedis({ tls: { certificates } });
});
afterEach(() => store?.close());
afterAll(async () => {
  await redis.stop();
  certificates.remove();
});

const open = (url: string, login: Login, env: Record<string, string> = {}): ClaimStore => {
  const context = {
    nameOf: (option: string) => option,
    isForThisCall: () => true,
    env,
    now: () => NOON,
  };
  store = openStore(targetsAt(parseRedisUrls([url], 'url'), login, context), {
    prefix: 'redlock-run',
    clock: systemClock,
  });
  return store;
};

let owners = 0;
const bid = (): Bid => ({
  ...BID,
  slot: { id: `slot-${++owners}` },
  owner: owners.toString(16).padStart(32, '0'),
  overlap: 'allow',
});
const claimBy = (by: ClaimStore) => by.claim(bid(), false, 5_000);
const won = { verdict: { kind: 'won' } };

test('a password that is changed in its file is used by the next connection', async () => {
  const file = join(certificates.folder, 'password');
  writeFileSync(file, 'first\n');
  await aclUser(redis, 'rotated', RIGHTS, 'first');
  const by = open(redis.url.replace('//', '//rotated@'), { redisPasswordFile: file });
  expect(await claimBy(by)).toMatchObject(won);

  await aclUser(redis, 'rotated', RIGHTS, 'second');
  writeFileSync(file, 'second\r\n');
  await redis.command('CLIENT', 'KILL', 'USER', 'rotated');
  await vi.waitFor(async () => expect(await claimBy(by)).toMatchObject(won));
});

test('a user whom an ACL asks for no password needs none', async () => {
  await redis.command('ACL', 'SETUSER', 'trusted', 'reset', 'on', 'nopass', ...RIGHTS);
  expect(await claimBy(open(redis.url.replace('//', '//trusted@'), {}))).toMatchObject(won);
});

test('an IAM user logs in over TLS by a token that is signed now', async () => {
  const iam = { user: 'iam-user', cache: 'my-cache', region: 'eu-west-1' };
  const signer = {
    accessKeyId: KEYS.AWS_ACCESS_KEY_ID,
    secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
  };
  const endpoint = { service: 'elasticache', isServerless: false } as const;
  await aclUser(redis, iam.user, RIGHTS, iamToken({ ...iam, ...endpoint }, signer, NOON));

  const login = {
    redisCa: certificates.ca,
    redisIamUser: iam.user,
    redisIamCache: iam.cache,
    redisRegion: iam.region,
  };
  expect(await claimBy(open(redis.tlsUrl, login, KEYS))).toMatchObject(won);
  const otherKeys = { ...KEYS, AWS_SECRET_ACCESS_KEY: 'other' };
  await expect(claimBy(open(redis.tlsUrl, login, otherKeys))).rejects.toMatchObject({
    kind: 'denied',
  });
});
