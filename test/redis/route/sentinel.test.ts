import { afterAll, beforeAll, expect, test } from 'vitest';
import { SentinelRoute } from '../../../src/redis/route/sentinel.js';
import { failOnLeaks } from '../../support/leaks.js';
import { type SentinelSet, startSentinels } from '../../support/sentinels.js';
import { targetOf } from '../../support/target.js';

failOnLeaks();

let set: SentinelSet;
beforeAll(async () => {
  set = await startSentinels({ replicas: 0, sentinels: 1, quorum: 1 });
});
afterAll(() => set.stop());

test('no question overtakes those that wait for the master to show that it is one', async () => {
  const target = targetOf(set.url);
  if (target.topology.kind !== 'sentinel') throw new Error(set.url);
  const route = new SentinelRoute(target, target.topology);
  const [sentinel] = set.sentinels;
  const master = await set.master();
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  const sent: number[] = [];
  await master.pause();
  const asked: Promise<number>[] = [];
  for (const number of numbers) {
    asked.push(route.ask('any', async () => sent.push(number), 20_000));
    // Meanwhile the first has found the master, and is connected to it.
    await sentinel?.command('PING');
  }
  expect(sent).toEqual([]);
  master.resume();
  await Promise.all(asked);
  expect(sent).toEqual(numbers);
  route.close();
});
