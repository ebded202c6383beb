import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { changeTo, lookUpUser, type User } from '../../src/process/user.js';
import { testEnv, useWrapper, wrap } from './support.js';

useWrapper();

const isRoot = process.getuid?.() === 0;
/** Not every container lets its root do so. */
const mayMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;

async function user(name: string): Promise<User> {
  const found = await lookUpUser(name);
  if (found === undefined) throw new Error(`there is no user ${name}`);
  return found;
}

test('a user is looked up by name or id', async () => {
  const root = { name: 'root', uid: 0, gid: 0, home: '/root' };
  expect(await lookUpUser('root')).toMatchObject(root);
  expect(await lookUpUser('0')).toMatchObject(root);
  expect((await user('nobody')).shell).toBe('/usr/sbin/nologin');
});

test.each(['no-such-user', '', '--help', 'root:x'])('%j is nobody', async (name) => {
  expect(await lookUpUser(name)).toBeUndefined();
});

describe.runIf(isRoot)('a job of root', () => {
  test('is given the ids and all groups of another user', async () => {
    const job = wrap({
      command: 'id; echo "$0 $HOME"',
      shell: true,
      user: await user('games'),
      env: { ...testEnv(), HOME: '/kept' },
    });
    expect(await text(job.stdout)).toBe(
      'uid=5(games) gid=60(games) groups=60(games)\n/bin/sh /kept\n',
    );
    expect((await job.ended).end).toEqual({ kind: 'exited', code: 0 });
  });

  test('is in none of our groups', async () => {
    const through = ['setpriv', '--groups', '1,2,3'];
    const theirs = wrap({ command: 'id', args: ['-G'], user: await user('games') }, through);
    expect(await text(theirs.stdout)).toBe('60\n');
    const ours = wrap({ command: 'id', args: ['-G'] }, through);
    expect(await text(ours.stdout)).toBe('0 1 2 3\n');
  });

  test.runIf(mayMount)('is in all groups of its user', async () => {
    // Nobody is in a second group on a fresh Debian: so with another /etc/group.
    const folder = mkdtempSync(join(tmpdir(), 'groups-'));
    const file = join(folder, 'group');
    writeFileSync(file, 'root:x:0:\ngames:x:60:\nbackup:x:34:games\naudio:x:29:root,games\n');
    const mount = 'mount --bind "$0" /etc/group && exec "$@"';
    const through = ['unshare', '--mount', 'sh', '-c', mount, file];
    const job = wrap({ command: 'id', args: ['-G'], user: await user('games') }, through);
    expect((await text(job.stdout)).trim().split(' ').sort()).toEqual(['29', '34', '60']);
    await job.gone;
    rmSync(folder, { recursive: true });
  });

  test('stays what it is for root', async () => {
    const job = wrap({ command: 'cat', args: ['/proc/self/comm'], user: await user('root') });
    expect(await text(job.stdout)).toBe('cat\n');
  });
});

test('somebody else is told that only root can do that', async () => {
  const job = { name: 'backup', uid: 34, gid: 34, home: '/', shell: '/bin/sh' };
  expect(changeTo(job, 1000)).toEqual({
    kind: 'impossible',
    reason: 'only root can run a job as "backup"; our own user id is 1000',
  });
  expect(changeTo(job, 34)).toEqual({ kind: 'by', command: [] });
});
