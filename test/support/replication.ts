import { expect, vi } from 'vitest';
import { infoOf } from './info.js';
import type { RedisServer } from './redis-server.js';
import { AGREEMENT } from './server-group.js';

/** For both sides: a replica is in sync a moment after it asked. */
export const FAST_REPLICATION = {
  'repl-diskless-sync-delay': '0',
  'repl-ping-replica-period': '1',
};

/** Waits until the replicas follow this master and have all that it has. */
export function inSync(master: RedisServer, replicas: readonly RedisServer[]): Promise<void> {
  return vi.waitFor(async () => {
    const { master_repl_offset: offset } = await infoOf(master, 'replication');
    for (const replica of replicas) {
      const info = await infoOf(replica, 'replication');
      expect(info, `${replica.port}, a replica of ${master.port}`).toMatchObject({
        role: 'slave',
        master_port: expect.stringMatching(`^(${master.port}|${master.tlsPort})$`),
        master_link_status: 'up',
        slave_repl_offset: offset,
      });
    }
  }, AGREEMENT);
}

/**
 * Cuts the replicas off: the master goes on and says OK, and what it is told from now on reaches none of
 * them. They stand still until `resume`; if the master is dead by then, those writes are lost.
 */
export async function cutOff(master: RedisServer, replicas: readonly RedisServer[]): Promise<void> {
  // A paused replica alone would find in its socket, when it wakes, what the master sent meanwhile.
  await Promise.all(replicas.map((replica) => replica.pause()));
  await master.command('CLIENT', 'KILL', 'TYPE', 'replica');
}
