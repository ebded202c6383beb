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

test('behind Sentinels the master is examined', async () => {
  const set = await startSentinels({ sentinelPassword: 'of-sentinels' });
  stops.push(set.stop);
  const env = { REDIS_SENTINEL_PASSWORD: 'of-sentinels' };
  const { code, names, finding } = await examine(['-r', set.url], { env });
  const { port } = await set.master();
  expect(names).toContain(`redis://127.0.0.1:${port}`);
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
  for (const { port } of masters) expect(names).toContain(`redis://127.0.0.1:${port}`);
  expect(ids('problem')).toEqual([]);
  expect(code).toBe(0);
}, 60_000);

test('of several masters each is examined, and a dead one is a problem', async () => {
  const masters = await startMasters(3);
  stops.push(masters.stop);
  await masters.servers[1]?.stop();
  const { code, names, report } = await examine(masters.urls.flatMap((url) => ['-r', url]));
  expect(names).toEqual(expect.arrayContaining([...masters.urls]));
  const reach = report.subjects.flatMap(({ findings }) =>
    findings.filter(({ id }) => id === 'reach'),
  );
  expect(reach.map(({ verdict }) => verdict)).toEqual(['ok', 'problem', 'ok']);
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
