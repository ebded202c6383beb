import { afterAll, beforeAll, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { type Fleet, KEY, newFleet } from '../support/fleet.js';
import { failOnLeaks } from '../support/leaks.js';
import type { RedisServer } from '../support/redis-server.js';
import { failOverInTheMidst } from './failover.js';

failOnLeaks();

let cluster: Cluster;
let fleet: Fleet;
beforeAll(async () => {
  cluster = await startCluster();
  fleet = newFleet();
}, 60_000);
afterAll(async () => {
  fleet.remove();
  await cluster.stop();
});

const keeper = () => cluster.nodeOf(`{${KEY}}`);

/** Of three masters one is gone and one sleeps: the third alone elects nobody. */
async function withoutQuorum(act: (guide: RedisServer) => Promise<void>): Promise<void> {
  const master = await keeper();
  const [guide, other] = (await cluster.masters()).filter((one) => one !== master);
  if (guide === undefined || other === undefined) throw new Error('no other masters');
  await other.pause();
  await act(guide);
  other.resume();
}

test.each(['kill9', 'pause'] as const)(
  'a cluster whose node with the keys goes by %s: one claim, and no run is lost',
  (how) => failOverInTheMidst({ ...cluster, fleet, master: keeper, withoutQuorum }, how),
  90_000,
);
