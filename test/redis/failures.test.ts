import { mkdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { FailureKind } from '../../src/core/errors.js';
import { connectionFailure, replyFailure } from '../../src/redis/failures.js';
import { BID } from '../support/bid.js';
import { failOnLeaks } from '../support/leaks.js';
import { startProxy } from '../support/proxy.js';
import { type RedisOptions, type RedisServer, startRedis } from '../support/redis-server.js';
import { storeAt } from '../support/store.js';

failOnLeaks();

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const serve = async (config: RedisOptions['config'] = {}): Promise<RedisServer> => {
  const redis = await startRedis({ config });
  closers.push(() => redis.stop());
  return redis;
};

/** What a bid at that URL ends with. */
async function failureAt(url: string, within = 3_000): Promise<unknown> {
  const store = storeAt(url);
  try {
    return (await store.claim(BID, false, within)).verdict;
  } catch (error) {
    return error;
  } finally {
    store.close();
  }
}

const failure = (kind: FailureKind, words: RegExp) =>
  expect.objectContaining({ name: 'Failure', kind, message: expect.stringMatching(words) });

describe('a real server that refuses is understood:', () => {
  test('NOAUTH, no password given', async () => {
    const { url } = await serve({ requirepass: 'secret' });
    expect(await failureAt(url)).toEqual(failure('denied', /set REDIS_PASSWORD/));
  });

  test('WRONGPASS, and neither the password nor the command is shown', async () => {
    const { port } = await serve({ requirepass: 'secret' });
    const error = await failureAt(`redis://:hunter2@127.0.0.1:${port}`);
    expect(error).toEqual(failure('denied', /user or password is wrong/));
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('hunter2');
  });

  test('a password that the server does not want', async () => {
    const { port } = await serve();
    const error = await failureAt(`redis://:hunter2@127.0.0.1:${port}`);
    expect(error).toEqual(failure('denied', /no password|without any password/));
  });

  test('NOPERM for the script, for the keys', async () => {
    const redis = await serve();
    await redis.command('ACL', 'SETUSER', 'a', 'on', '>pw', '~*', '+@all', '-eval');
    await redis.command('ACL', 'SETUSER', 'b', 'on', '>pw', '~other:*', '+@all');
    for (const user of ['a', 'b']) {
      const error = await failureAt(`redis://${user}:pw@127.0.0.1:${redis.port}`);
      expect(error).toEqual(failure('denied', /lacks a right/));
    }
  });

  test('a database that is not there', async () => {
    const { url } = await serve();
    expect(await failureAt(`${url}/99`)).toEqual(failure('config', /no such database/));
  });

  test('OOM', async () => {
    const { url } = await serve({ maxmemory: '1' });
    expect(await failureAt(url)).toEqual(failure('unavailable', /out of memory/));
  });

  test('READONLY', async () => {
    const master = await serve();
    const { url } = await serve({ replicaof: ['127.0.0.1', String(master.port)] });
    expect(await failureAt(url)).toEqual(failure('unavailable', /replica/));
  });

  test('MASTERDOWN', async () => {
    const { url } = await serve({
      replicaof: ['127.0.0.1', '1'],
      'replica-serve-stale-data': 'no',
    });
    expect(await failureAt(url)).toEqual(failure('unavailable', /without its master/));
  });

  test('NOREPLICAS', async () => {
    const { url } = await serve({ 'min-replicas-to-write': '1' });
    expect(await failureAt(url)).toEqual(failure('unavailable', /too few replicas/));
  });

  test('MISCONF', async () => {
    const redis = await serve({ save: ['3600', '1'] });
    await redis.command('SET', 'a', '1');
    // A directory in the place of the dump makes saving fail.
    mkdirSync(`${redis.folder}/dump.rdb`);
    await redis.command('BGSAVE');
    await expect
      .poll(async () => String(await redis.command('INFO', 'persistence')))
      .toContain('rdb_last_bgsave_status:err');
    expect(await failureAt(redis.url)).toEqual(failure('unavailable', /cannot write to its disk/));
  });

  test('BUSY', async () => {
    const redis = await serve({ 'busy-reply-threshold': '1' });
    const blocker = await redis.connect();
    const endless = blocker.command('EVAL', 'while true do end', '0').catch(() => undefined);
    await expect.poll(() => redis.command('PING').catch(String)).toContain('BUSY');
    expect(await failureAt(redis.url)).toEqual(failure('unavailable', /script of somebody else/));
    await redis.command('SCRIPT', 'KILL');
    await endless;
    blocker.close();
  });

  test('no connection left', async () => {
    const redis = await serve({ maxclients: '1' });
    await redis.command('PING');
    expect(await failureAt(redis.url)).toEqual(failure('unavailable', /no connection left|reset/));
  });

  test('a node of a cluster that is down', async () => {
    const redis = await serve({ 'cluster-enabled': 'yes' });
    expect(await failureAt(redis.url)).toEqual(failure('unavailable', /not serve all slots/));
  });
});

describe('what is not a working Redis is understood:', () => {
  test('nobody listens', async () => {
    const { url, stop } = await startRedis();
    await stop();
    expect(await failureAt(url)).toEqual(failure('unavailable', /connection refused/));
  });

  test('a server that takes connections and says nothing', async () => {
    const proxy = await startProxy(1, { deaf: true });
    closers.push(() => proxy.stop());
    expect(await failureAt(proxy.url, 200)).toEqual(failure('unavailable', /within 200 ms/));
  });

  test('a stopped server', async () => {
    const redis = await serve();
    redis.pause();
    expect(await failureAt(redis.url, 200)).toEqual(failure('unavailable', /within 200 ms/));
    redis.resume();
  });

  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ['garbage', '\u0001\u0002\u0003garbage\r\n'],
    ['replies that nobody asked for', '*0\r\n*0\r\n+x\r\n'],
  ])('%s', async (_, replyWith) => {
    const redis = await serve();
    const proxy = await startProxy(redis.port, { fault: () => ({ replyWith }) });
    closers.push(() => proxy.stop());
    expect(await failureAt(proxy.url)).toEqual(failure('protocol', /does not speak Redis/));
  });

  test.each([
    ['a status', '+OK\r\n'],
    ['a number', ':1\r\n'],
    ['nothing', '$-1\r\n'],
    ['an empty array', '*0\r\n'],
    ['an array of numbers', '*2\r\n:1\r\n:2\r\n'],
    ['an unknown verdict', '*2\r\n$5\r\nmaybe\r\n$1\r\n1\r\n'],
    ['a win without a fence', '*3\r\n$3\r\nwon\r\n$13\r\n1763900000000\r\n$1\r\n1\r\n'],
    [
      'a win beyond the winners',
      '*5\r\n$3\r\nwon\r\n$13\r\n1763900000000\r\n$1\r\n2\r\n$1\r\n5\r\n$1\r\n1\r\n',
    ],
    [
      'a rank that is no number',
      '*5\r\n$3\r\nwon\r\n$13\r\n1763900000000\r\n$2\r\n1x\r\n$1\r\n5\r\n$1\r\n1\r\n',
    ],
  ])('an answer that the script never gives is never a win: %s', async (_, replyWith) => {
    const redis = await serve();
    const proxy = await startProxy(redis.port, { fault: () => ({ replyWith }) });
    closers.push(() => proxy.stop());
    expect(await failureAt(proxy.url)).toEqual(failure('protocol', /never returns/));
  });

  test('a lost reply may have been counted; a lost connection before it may not', async () => {
    const redis = await serve();
    const proxy = await startProxy(redis.port, { fault: () => 'lose-reply' });
    closers.push(() => proxy.stop());
    expect(await failureAt(proxy.url)).toMatchObject({ kind: 'unavailable', maybeApplied: true });
    await redis.stop();
    expect(await failureAt(redis.url)).toMatchObject({ kind: 'unavailable', maybeApplied: false });
  });
});

describe('what a test cannot bring about is understood by its words:', () => {
  test.each<[string, FailureKind]>([
    ['LOADING Redis is loading the dataset in memory', 'unavailable'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'unavailable'],
    ['UNBLOCKED force unblock from blocking operation', 'unavailable'],
    ['MOVED 3999 127.0.0.1:6381', 'config'],
    ['ASK 3999 127.0.0.1:6381', 'config'],
    ['DENIED Redis is running in protected mode', 'denied'],
    ["ERR unknown command 'EVAL', with args beginning with: ", 'denied'],
    ["ERR wrong number of arguments for 'auth' command", 'denied'],
    [
      'ERR Error running script (call to f_1a): @user_script:5: -OOM command not allowed',
      'unavailable',
    ],
    ['ERR something new', 'protocol'],
    ['MOVED 3999 127.0.0.1:99999', 'protocol'],
    ['MOVED 3999 \u001b[31m:6379', 'protocol'],
  ])('%s', (message, kind) => {
    const refusal = replyFailure(message, 'here');
    expect(refusal.kind).toBe(kind);
    expect(refusal.message).not.toMatch(/\p{Cc}/u);
  });

  test.each<[string, FailureKind, RegExp]>([
    ['ENOTFOUND', 'unavailable', /not known/],
    ['EAI_AGAIN', 'unavailable', /DNS/],
    ['EHOSTUNREACH', 'unavailable', /no route/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'config', /does not speak TLS/],
    ['CERT_HAS_EXPIRED', 'config', /certificate/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'config', /its certificate/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'config', /--redis-cert/],
    ['INVALID_PURPOSE', 'config', /certificate/],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'config', /refuses our TLS/],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'config', /refuses our TLS/],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'unavailable', /ERR_SSL/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'config', /--redis-cert/],
  ])('%s', (code, kind, words) => {
    const error = Object.assign(new Error('secret details'), { code });
    const { message, ...said } = connectionFailure(error, 'here', false);
    expect(said.kind).toBe(kind);
    expect(message).toMatch(words);
    expect(message).not.toContain('secret');
  });
});
