import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aclUser } from '../../support/acl-user.js';
import { type CliOptions, cli } from '../../support/cli.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { type ReplicaSet, startReplicas } from '../../support/replicas.js';

failOnLeaks();

const SHORT = ['--redis-timeout', '1500ms'];
const RAN = { code: 0, stdout: 'ran\n', stderr: '' };

const call = (
  slot: string,
  url: string,
  args: readonly string[] = [],
  options: CliOptions = {},
) => {
  const words = ['--key', 'nightly', '--slot', slot, '--redis', url];
  return cli([...words, ...args, '--', 'echo', 'ran'], options);
};
const isClaimedAt = async (server: RedisServer, slot: string) =>
  (await server.command('EXISTS', `redlock-run:{nightly}:slot:${slot}`)) === 1;

describe('a master with one replica', () => {
  let master: RedisServer;
  let set: ReplicaSet;
  beforeAll(async () => {
    master = await startRedis();
    set = await startReplicas(master, 1);
  });
  afterAll(async () => {
    await set.stop();
    await master.stop();
  });

  test('confirms a claim, of which the replica then knows', async () => {
    expect(await call('one', master.url, ['--replicas', '1'])).toMatchObject(RAN);
    const [replica] = set.replicas;
    expect(replica && (await isClaimedAt(replica, 'one'))).toBe(true);
    expect(await call('one', master.url, ['--replicas', '1'])).toMatchObject({
      ...RAN,
      stdout: '',
    });
  });

  test('is not asked to claim anything when two replicas are to have it', async () => {
    const { code, stdout, stderr } = await call('two', master.url, ['--replicas', '2', ...SHORT]);
    expect([code, stdout]).toEqual([75, '']);
    expect(stderr).toMatch(
      /^redlock-run: Redis at redis:\S+ has 1 of the 2 replicas that --replicas asks for\n$/,
    );
    expect(await isClaimedAt(master, 'two')).toBe(false);
    expect(await call('two', master.url, ['--replicas', '1'])).toMatchObject(RAN);
  });

  test('is there for a user whose login was written a moment ago, however much others write', async () => {
    const { username = '', password } = await aclUser(master, 'app', ['~*', '+@all'], 'pw');
    const url = master.url.replace('//', `//${username}@`);
    let isBusy = true;
    const others = (async () => {
      while (isBusy) await master.command('SET', 'other', 'x'.repeat(1_000));
    })();
    for (const slot of ['four', 'five', 'six']) {
      const env = { REDIS_PASSWORD: password };
      const args = ['--replicas', '1', '--redis-timeout', '1s'];
      expect(await call(slot, url, args, { env })).toMatchObject(RAN);
    }
    isBusy = false;
    await others;
  });

  // On a connection that has written nothing, WAIT counts it.
  test('is not believed while the replica is there, but hangs', async () => {
    const [replica] = set.replicas;
    await replica?.pause();
    const { code, stdout, stderr } = await call('three', master.url, ['--replicas', '1', ...SHORT]);
    expect([code, stdout]).toEqual([75, '']);
    expect(stderr).toContain(' was confirmed by 0 of the 1 replicas that --replicas asks for\n');
    expect(await isClaimedAt(master, 'three')).toBe(true);
    replica?.resume();
  });
});

describe('a Redis that forbids WAIT is told from an outage, and nothing is claimed:', () => {
  const advice = /^redlock-run: --replicas: Redis at redis:\S+ does not permit WAIT; [^\n]+\n$/;
  const args = ['--replicas', '1', '--redis-timeout', '1m'];
  let redis: RedisServer;
  let without: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
    without = await startRedis({ config: { 'rename-command': ['WAIT', ''] } });
  });
  afterAll(async () => {
    await redis.stop();
    await without.stop();
  });

  test('to this user', async () => {
    const { username = '', password } = await aclUser(
      redis,
      'runner',
      ['~redlock-run:*', '+@all', '-wait'],
      'secret',
    );
    const url = redis.url.replace('://', `://${username}@`);
    const env = { REDIS_PASSWORD: password };
    const { code, stdout, stderr } = await call('one', url, args, { env });
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(advice);
    expect(await isClaimedAt(redis, 'one')).toBe(false);
    expect(await call('one', url, [], { env })).toMatchObject(RAN);
  });

  test('to everybody', async () => {
    const { code, stdout, stderr } = await call('one', without.url, args);
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(advice);
    expect(await isClaimedAt(without, 'one')).toBe(false);
  });
});
