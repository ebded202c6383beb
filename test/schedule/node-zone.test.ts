import { expect, test } from 'vitest';
import { cli } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

const ZONES = ['UTC', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca'];
/** It has no slot while this test runs, but for one minute of the month. */
const MONTHLY = '30 1 1 * *';

async function slotsOf(env: string, timezone?: string): Promise<readonly string[]> {
  const zone = timezone === undefined ? [] : ['--timezone', timezone];
  const args = ['slots', MONTHLY, ...zone, '-n', '24', '--json'];
  const { stdout, stderr } = await cli(args, { env: { TZ: env } });
  expect(stderr).toBe('');
  const report: { slots: { id: string }[] } = JSON.parse(stdout);
  return report.slots.map(({ id }) => id);
}

test('a zone that is given counts wherever the node stands; without one, its own does', async () => {
  const given = await Promise.all(ZONES.map((zone) => slotsOf('UTC', zone)));
  const elsewhere = await Promise.all(ZONES.map((zone) => slotsOf('Asia/Tokyo', zone)));
  const own = await Promise.all(ZONES.map((zone) => slotsOf(zone)));
  expect(elsewhere).toEqual(given);
  expect(own).toEqual(given);
  expect(new Set(given.map((slots) => slots.join())).size).toBe(ZONES.length);
  for (const slots of given) expect(slots).toHaveLength(24);
});
