import { afterAll, beforeAll, test } from 'vitest';
import { type Fleet, newFleet } from '../support/fleet.js';
import { failOnLeaks } from '../support/leaks.js';
import { type SentinelSet, startSentinels } from '../support/sentinels.js';
import { failOverInTheMidst } from './failover.js';

failOnLeaks();

let set: SentinelSet;
let fleet: Fleet;
beforeAll(async () => {
  set = await startSentinels();
  fleet = newFleet();
}, 60_000);
afterAll(async () => {
  fleet.remove();
  await set.stop();
});

test.each(['kill9', 'pause'] as const)(
  'Sentinels whose master goes by %s: one claim, and no run is lost',
  (how) => failOverInTheMidst({ ...set, fleet, failover: (_, by) => set.failover(by) }, how),
  90_000,
);
