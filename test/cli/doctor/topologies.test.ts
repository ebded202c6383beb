import { afterEach, expect, test } from 'vitest';
import { startCluster } from '../../support/cluster.js';
import { failOnLeaks } from '../../support/leaks.js';
import { startMasters } from '../../support/masters.js';
import { startRedis } from '../../support/redis-server.js';
import { startReplicas } from '../../support/replicas.js';
import { startSentinels } from '../../support/sentinels.js';
import { examine } from './support.js';

failOnLeaks();

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** As the URL is written in messages. */
const inOrder = (url: string) => {
  const [, scheme = '', hosts = '', name = ''] = /^(.*:\/\/)(.*)\/(.*)$/.exec(url) ?? [];
  return `${scheme}${hosts.split(',').sort().join(',')}/${name}`;
};

test('behind Sentinels the master is examined', async () => {
  const set = await startSentinels({ sentinelPassword: 'of-sentinels' });
  stops.push(set.stop);
  const env = { REDIS_SENTINEL_PASSWORD: 'of-sentinels' };
  const { code, names, finding } = await examine(['-r', set.url], { env });
  const { port } = await set.master();
  expect(names).toContain(`redis://127.0.0.1:${port}, the master by ${inOrder(set.url)}`);
  expect(finding('sentinels')).toMatchObject({ verdict: 'ok' });
  expect(finding('replicas')).toMatchObject({ verdict: 'ok', what: '2 replicas, up to date' });
  expect(code).toBe(0);
}, 60_000);

test('of a cluster each master is examined', async () => {
  const cluster = await startCluster();
  stops.push(cluster.stop);
  const [first = ''] = cluster.url.split(',');
  const { code, names, ids } = await examine(['-r', first]);
  const masters = await cluster.masters();
  expect(masters).toHaveLength(3);
  for (const { port } of masters) expect(names).toContain(`redis://127.0.0.1:${port}, of ${first}`);
  expect(ids('problem')).toEqual([]);
  expect(code).toBe(0);

  await masters.find(({ url }) => url !== first.replace('redis+cluster', 'redis'))?.stop();
  const after = await examine(['-r', first, '--redis-timeout', '300ms']);
  expect(after.ids('problem'), 'its slots have nobody else').toContain('reach');
}, 60_000);

test('one Sentinel of three that is away is a warning, and the master is waited for', async () => {
  const set = await startSentinels();
  stops.push(set.stop);
  await set.sentinels[0]?.stop();
  const master = await set.master();
  await master.pause();
  const { code, names, finding } = await examine(['-r', set.url, '--redis-timeout', '20s']);
  const { port } = await set.master();
  expect(port).not.toBe(master.port);
  expect(names[0]).toContain(`redis://127.0.0.1:${port}, the master by`);
  expect(finding('sentinels')).toMatchObject({
    verdict: 'warning',
    what: expect.stringMatching(/^1 of 3 Sentinels cannot be asked: .*connection refused/),
  });
  expect(code).toBe(0);
}, 60_000);

test('of several masters each is examined; one that is dead is a warning, a dead majority a problem', async () => {
  const masters = await startMasters(3);
  stops.push(masters.stop);
  const reach = async () => {
    const where = masters.urls.flatMap((url) => ['-r', url]);
    const { code, names, report } = await examine([...where, '--redis-timeout', '300ms']);
    expect(names).toEqual(expect.arrayContaining([...masters.urls]));
    const findings = report.subjects.flatMap((subject) => subject.findings);
    const verdicts = findings.filter(({ id }) => id === 'reach').map(({ verdict }) => verdict);
    return { code, verdicts };
  };
  await masters.servers[1]?.stop();
  expect(await reach()).toEqual({ code: 0, verdicts: ['ok', 'warning', 'ok'] });
  await masters.servers[2]?.stop();
  expect(await reach()).toEqual({ code: 1, verdicts: ['ok', 'problem', 'problem'] });
}, 60_000);

test('a master that two addresses lead to is a problem', async () => {
  const masters = await startMasters(2);
  stops.push(masters.stop);
  const [first = '', second = ''] = masters.urls;
  const again = first.replace('127.0.0.1', 'localhost');
  const { code, report } = await examine(['-r', first, '-r', second, '-r', again]);
  const found = report.subjects.filter(({ findings }) =>
    findings.some(({ id }) => id === 'masters'),
  );
  expect(found.map(({ name }) => name)).toEqual([again]);
  expect(code).toBe(1);
}, 60_000);

test('fewer replicas than --replicas are a problem', async () => {
  const master = await startRedis();
  stops.push(() => master.stop());
  const replicas = await startReplicas(master, 1);
  stops.push(replicas.stop);
  expect((await examine(['-r', master.url, '--replicas', '1'])).finding('replicas')?.verdict).toBe(
    'ok',
  );
  const { code, finding } = await examine(['-r', master.url, '--replicas', '2']);
  expect(finding('replicas')).toMatchObject({
    verdict: 'problem',
    what: '--replicas asks for 2, and 1 are there: no claim is confirmed, jobs exit 75',
  });
  expect(code).toBe(1);
}, 60_000);
