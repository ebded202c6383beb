import { vi } from 'vitest';
import type { Member } from './cluster-view.js';
import { AGREEMENT } from './server-group.js';

const SLOTS = 16_384;

/**
 * Makes one cluster of nodes that are on their own: the first `masters` share the slots, the others
 * follow them by turns. The nodes agree on it a moment later.
 */
export async function joinCluster(members: readonly Member[], masters: number): Promise<void> {
  await Promise.all(
    members.map(async ({ server }, i) => {
      await server.command('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
      if (i >= masters) return;
      const bound = (part: number) => Math.floor((part * SLOTS) / masters);
      await server.command('CLUSTER', 'ADDSLOTSRANGE', bound(i), bound(i + 1) - 1);
    }),
  );
  // Each meets each: gossip alone takes seconds.
  for (const [i, { server }] of members.entries()) {
    for (const { port } of members.slice(i + 1)) {
      await server.command('CLUSTER', 'MEET', '127.0.0.1', port);
    }
  }
  await Promise.all(
    members.slice(masters).map(async ({ server }, i) => {
      const master = members[i % masters]?.id ?? '';
      // Unknown until they have met.
      await vi.waitFor(() => server.command('CLUSTER', 'REPLICATE', master), AGREEMENT);
    }),
  );
}
