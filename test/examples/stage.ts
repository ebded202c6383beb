import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { failOnLeaks } from '../support/leaks.js';
import { type Machine, makeMachine } from '../support/machine.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

export const examples = fileURLToPath(new URL('../../examples', import.meta.url));

export function example(name: string): string {
  return readFileSync(join(examples, name), 'utf8');
}

/** A machine on which the examples work, with a Redis that has the examples' password. */
export type Stage = Pick<Machine, 'folder' | 'at' | 'onNodes'>;

export const PASSWORD = 'change-me';

/** Call it at the top of a test file; a fresh Redis for each test. */
export function useStage(): Stage {
  failOnLeaks();
  let machine: Machine;
  let redis: RedisServer;

  beforeAll(async () => {
    machine = makeMachine();
    redis = await startRedis({ config: { requirepass: PASSWORD } });
    await redis.command('ACL', 'SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
  });
  beforeEach(() => redis.command('FLUSHALL').then(() => {}));
  afterAll(async () => {
    await redis.stop();
    machine.remove();
  });

  return {
    get folder() {
      return machine.folder;
    },
    at: (text) =>
      machine
        .at(text)
        .replace(/rediss?:\/\/(.*@)?[\w.-]+:6379/g, `redis://$1127.0.0.1:${redis.port}`),
    onNodes: (...of) => machine.onNodes(...of),
  };
}
