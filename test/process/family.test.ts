import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { familyOf } from '../../src/process/family.js';
import { failOnLeaks } from '../support/leaks.js';
import { ourProcesses, stateOf } from '../support/processes.js';

failOnLeaks();

// Who belongs to it is tested in job.test.ts: this is about reading the table of processes.

let leader: ChildProcess;
let gone: Promise<unknown>;
afterEach(async () => {
  leader.kill('SIGKILL');
  await gone;
});

function lead(command: string, ...args: string[]): number {
  leader = spawn(command, args, { detached: true, stdio: 'ignore' });
  gone = once(leader, 'exit');
  return leader.pid ?? 0;
}

function zombiesOf(parent: number): number {
  const script = `cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z ${parent} ' || :`;
  return Number(execFileSync('sh', ['-c', script], { encoding: 'utf8' }));
}

test('the dead are not among the living, even while nobody has buried them', async () => {
  // sleep(1) does not wait for the child that the shell has left to it.
  const pid = lead('sh', '-c', 'sleep 0.1 & exec sleep 1000');
  const family = familyOf(pid, []);
  await vi.waitFor(() => expect(zombiesOf(pid)).toBe(1));
  expect(family.living()).toEqual([pid]);
});

test('a name that looks like a line of the table confuses nobody', () => {
  const folder = mkdtempSync(join(tmpdir(), 'names-'));
  const strange = join(folder, 'a) Z 1 (1');
  symlinkSync('/bin/sleep', strange);
  const pid = lead(strange, '1000');
  expect(familyOf(pid, []).living()).toEqual([pid]);
  rmSync(folder, { recursive: true });
});

test('signals reach all that the last look found, and a family that is gone takes none', async () => {
  const pid = lead('sh', '-c', 'setsid sleep 1000 & wait');
  const family = familyOf(pid, []);
  await vi.waitFor(() => expect(family.living()).toHaveLength(2));
  await vi.waitFor(() =>
    expect(ourProcesses().map(({ command }) => command)).toContain('sleep 1000'),
  );
  const members = family.living();
  family.signal('SIGSTOP');
  await vi.waitFor(() => expect(members.map(stateOf)).toEqual(['T', 'T']));
  family.signal('SIGKILL');
  await vi.waitFor(() => expect(family.living()).toEqual([]));
  expect(() => family.signal('SIGKILL')).not.toThrow();
});
