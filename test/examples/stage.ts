import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { BIN } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

export const examples = fileURLToPath(new URL('../../examples', import.meta.url));

export function example(name: string): string {
  return readFileSync(join(examples, name), 'utf8');
}

/** What the examples call, below the folder that stands for /opt/app. */
const JOBS = ['nightly', 'tick', 'sync', 'report', 'send', 'shard', 'tidy', 'migrate'];

export interface NodeResult {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine on which the examples work: jobs, a Redis with the examples' password, a shell. */
export interface Stage {
  /** Stands for `/`. */
  readonly folder: string;
  /** The examples' text, with the paths and the Redis of this stage. */
  at(text: string): string;
  /** Runs a shell line on several nodes at the same time. */
  onNodes(
    count: number,
    line: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<NodeResult[]>;
}

export const PASSWORD = 'change-me';

/** Call it at the top of a test file; a fresh Redis for each test. */
export function useStage(): Stage {
  failOnLeaks();
  let folder = '';
  let redis: RedisServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stage-'));
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'app/bin'), { recursive: true });
    writeFileSync(join(folder, 'app/VERSION'), '1.2.3\n');
    for (const job of JOBS) {
      // A job tells that it ran and for whom, and passes on what it reads.
      script(join(folder, 'app/bin', job), `echo "${job} $* ran for $REDLOCK_RUN_KEY"; cat`);
    }
    script(join(folder, 'bin/logger'), 'cat');
    symlinkSync(BIN, join(folder, 'bin/redlock-run'));
    redis = await startRedis({ config: { requirepass: PASSWORD } });
    await redis.command('ACL', 'SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
  });
  beforeEach(() => redis.command('FLUSHALL').then(() => {}));
  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true });
  });

  return {
    get folder() {
      return folder;
    },
    at: (text) =>
      text
        .replaceAll('/opt/app', join(folder, 'app'))
        .replace(/rediss?:\/\/(.*@)?[\w.-]+:6379/g, `redis://$1127.0.0.1:${redis.port}`),
    onNodes: (count, line, env = {}) =>
      Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const child = spawn('/bin/sh', ['-c', line], {
            env: {
              PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
              TEST_TAG: process.env.TEST_TAG,
              REDLOCK_RUN_NODE: `node-${index + 1}`,
              ...env,
            },
            stdio: ['ignore', 'pipe', 'pipe'],
          });
          const [stdout, stderr, [exit]] = await Promise.all([
            text(child.stdout),
            text(child.stderr),
            once(child, 'close'),
          ]);
          return { exit, stdout, stderr };
        }),
      ),
  };
}

function script(file: string, content: string): void {
  writeFileSync(file, `#!/bin/sh\n${content}\n`);
  chmodSync(file, 0o755);
}
