import { expect, test } from 'vitest';
import { failOnLeaks } from './leaks.js';
import { startMasters } from './masters.js';
import { orStop, startServers } from './server-group.js';

failOnLeaks();

test('masters are independent, and empty when they start anew', async () => {
  const masters = await startMasters(3);
  const [one, two] = masters.servers;
  await one?.command('SET', 'a', 1);
  expect(await two?.command('GET', 'a')).toBe(null);
  await one?.kill9();
  expect(await two?.command('PING')).toBe('PONG');
  await one?.restart();
  expect(await one?.command('GET', 'a')).toBe(null);
  expect(new Set(masters.urls).size).toBe(3);
  await masters.stop();
});

test('of servers of which one cannot start, none is left', async () => {
  const bad = { config: { maxmemory: 'much' } };
  await expect(startServers([{}, bad, {}])).rejects.toThrow('maxmemory');
});

test('servers that do not agree are stopped, and what they said is told', async () => {
  const servers = await startServers([{}, {}]);
  const disagreement = orStop(servers, () => Promise.reject(new Error('no agreement')));
  await expect(disagreement).rejects.toThrow(/no agreement(.*Ready to accept.*){2}/s);
  expect(servers.map(({ isAwake }) => isAwake)).toEqual([false, false]);
});
