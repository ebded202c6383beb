import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cli, start } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

failOnLeaks();

let redis: RedisServer;
let folder: string;
beforeEach(async () => {
  redis = await startRedis();
  folder = mkdtempSync(join(tmpdir(), 'fencing-'));
  cpSync('examples/fencing', folder, { recursive: true });
  sqlite(readFileSync('examples/fencing/schema.sql', 'utf8'));
});
afterEach(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const sqlite = (input: string) =>
  execFileSync('sqlite3', ['report.db'], { cwd: folder, input, encoding: 'utf8' });
const report = () => sqlite('SELECT value FROM report;').trim();
const call = (node: string, slot: string) => ({
  args: [
    '--key',
    'report',
    '--slot',
    slot,
    '--node',
    node,
    '--lease',
    '1s',
    '--',
    './job.sh',
    'report.db',
  ],
  options: { env: { REDIS_URL: redis.url }, cwd: folder },
});

test('a run writes, and so does the next', async () => {
  for (const node of ['a', 'b']) {
    const { args, options } = call(node, node);
    expect(await cli(args, options)).toMatchObject({ code: 0, stderr: '' });
    expect(report()).toBe(`computed by ${node}`);
  }
});

test('a stale holder is refused, although it believes that it holds the lease', async () => {
  const quick = readFileSync(join(folder, 'compute.sh'));
  // The stale one's long part lasts until there is a file `go`.
  const slow = '#!/bin/sh\necho started >&2; until [ -e go ]; do sleep 0.05; done; echo stale\n';
  writeFileSync(join(folder, 'compute.sh'), slow, { mode: 0o755 });
  const { args, options } = call('a', 'one');
  const stale = start(args, options);
  await stale.waitForOutput('started');
  stale.kill('SIGSTOP');
  // A shell reads its script as it goes: this must be another file.
  writeFileSync(join(folder, 'quick.sh'), quick, { mode: 0o755 });
  renameSync(join(folder, 'quick.sh'), join(folder, 'compute.sh'));

  // Once the lease has run out, the next slot runs on another node.
  let slots = 0;
  await expect
    .poll(
      async () => {
        const { args: again, options: where } = call('b', `two-${++slots}`);
        await cli(again, where);
        return report();
      },
      { timeout: 20_000, interval: 200 },
    )
    .toBe('computed by b');

  writeFileSync(join(folder, 'go'), '');
  stale.kill('SIGCONT');
  const { code, stderr } = await stale.ended;
  expect(code).not.toBe(0);
  expect(stderr).toContain('stale fencing token: a later run has written already');
  expect(report()).toBe('computed by b');
});
