import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseCron } from '../../src/schedule/cron.js';
import { expectElection } from './election.js';
import { example, useStage } from './stage.js';

const stage = useStage();

const service = example('systemd/nightly.service');
const timer = example('systemd/nightly.timer');

/** The value of a setting, once in a unit file or environment file. */
function setting(text: string, name: string): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
}

function analyze(...args: string[]) {
  const env = { ...process.env, TZ: 'UTC', SYSTEMD_COLORS: '0' };
  const { error, ...rest } = spawnSync('systemd-analyze', args, { encoding: 'utf8', env });
  if (error === undefined) return rest;
  throw new Error('systemd-analyze is not installed; run: apt-get install systemd', {
    cause: error,
  });
}

/** Copies in which the command is one that this machine has. */
function verify(
  service: string,
  daemon = example('systemd/redlock-run.service'),
): { status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'units-'));
  try {
    const installed = (unit: string) =>
      unit.replace('/usr/bin/redlock-run', join(stage.folder, 'bin/redlock-run'));
    writeFileSync(join(folder, 'nightly.service'), installed(service));
    writeFileSync(join(folder, 'redlock-run.service'), installed(daemon));
    writeFileSync(join(folder, 'nightly.timer'), timer);
    const units = ['nightly.service', 'nightly.timer', 'redlock-run.service'].map((name) =>
      join(folder, name),
    );
    const { status, stdout, stderr } = analyze('verify', ...units);
    return { status, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('systemd-analyze finds nothing wrong with the units', () => {
  expect(verify(service)).toEqual({ status: 0, stdout: '', stderr: '' });
  // It says so when there is something.
  expect(verify(service.replace('KillMode=mixed', 'KillMode=mixd')).stderr).toContain('kill mode');
});

test('the daemon has time to end its jobs before systemd kills them', () => {
  const daemon = example('systemd/redlock-run.service');
  const [, grace] = /--grace (\d+)s/.exec(setting(daemon, 'ExecStart')) ?? [];
  // --kill-after is 10s unless an entry says otherwise.
  expect(Number.parseInt(setting(daemon, 'TimeoutStopSec'), 10)).toBeGreaterThan(
    Number(grace) + 10,
  );
  expect(setting(daemon, 'Type')).toBe('notify');
});

test('the service runs on one node', async () => {
  const environment = example('systemd/redlock-run.env');
  await expectElection(stage, setting(service, 'ExecStart').replace('/usr/bin/', ''), {
    REDLOCK_RUN_REDIS: stage.at(setting(environment, 'REDLOCK_RUN_REDIS')),
    REDIS_PASSWORD: setting(environment, 'REDIS_PASSWORD'),
  });
});

test('the timer fires at the instants of --schedule, whatever it adds to them', () => {
  const command = setting(service, 'ExecStart');
  const schedule = parseCron(
    /--schedule '([^']*)'/.exec(command)?.[1] ?? '',
    /--timezone (\S+)/.exec(command)?.[1],
  );
  const base = Date.UTC(2026, 10, 22, 12);
  const { stdout } = analyze(
    'calendar',
    '--iterations=3',
    '--base-time=2026-11-22 12:00:00 UTC',
    setting(timer, 'OnCalendar'),
  );
  const fired = [...stdout.matchAll(/(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/gm)].map(
    ([, day, time]) => Date.parse(`${day}T${time}Z`),
  );
  expect(fired).toHaveLength(3);
  for (let at = base, i = 0; i < 3; i++) {
    at = schedule.after(at) ?? Number.NaN;
    expect(fired[i]).toBe(at);
  }
});
