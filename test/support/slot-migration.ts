import type { Member } from './cluster-view.js';
import type { RedisServer } from './redis-server.js';

/**
 * A slot on its way. Until `finish`, the source answers ASK for what it has not (any more), the target
 * MOVED without ASKING; a command of several keys that are not all in one place is told TRYAGAIN.
 */
export interface SlotMigration {
  readonly slot: number;
  readonly from: RedisServer;
  readonly to: RedisServer;
  /** Moves keys, now. */
  move(...keys: readonly string[]): Promise<void>;
  /** Moves the other keys and gives the slot to the target: the source answers MOVED. */
  finish(): Promise<void>;
}

/** ms that a MIGRATE may take. */
const LONGEST_MOVE = 5_000;

/** Begins the migration of a slot: no key is moved yet. */
export async function beginMigration(
  slot: number,
  from: Member,
  to: Member,
  password?: string,
): Promise<SlotMigration> {
  await to.server.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
  await from.server.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);

  const move = async (...keys: readonly string[]) => {
    const auth = password === undefined ? [] : ['AUTH', password];
    const target = ['127.0.0.1', to.port, '', 0, LONGEST_MOVE];
    await from.server.command('MIGRATE', ...target, ...auth, 'KEYS', ...keys);
  };
  return {
    slot,
    from: from.server,
    to: to.server,
    move,
    async finish() {
      const count = await from.server.command('CLUSTER', 'COUNTKEYSINSLOT', slot);
      const left = await from.server.command('CLUSTER', 'GETKEYSINSLOT', slot, Number(count));
      if (Number(count) > 0) await move(...[left].flat().map(String));
      // The target first: it makes the new epoch that the others believe.
      for (const { server } of [to, from]) {
        await server.command('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
      }
    },
  };
}
