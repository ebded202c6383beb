import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serviceManager } from '../../src/process/service-manager.js';
import { systemClock } from '../../src/system-clock.js';
import { VirtualClock } from '../core/virtual-clock.js';
import { failOnLeaks } from '../support/leaks.js';
import { type Listener, listenAsServiceManager } from '../support/service-manager.js';

failOnLeaks();

const PATH = process.env.PATH;

let listener: Listener;
let warnings: string[];

beforeEach(async () => {
  warnings = [];
  listener = await listenAsServiceManager();
});
afterEach(() => listener.stop());

const heard = () => listener.heard();

function manager(env: Record<string, string | undefined> = {}, clock = systemClock) {
  return serviceManager({
    env: { PATH, NOTIFY_SOCKET: listener.socket, ...env },
    pid: process.pid,
    clock,
    warn: (message) => void warnings.push(message),
  });
}

/** µs of CLOCK_MONOTONIC, by another program. */
async function uptime(): Promise<number> {
  const program =
    'use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC); print clock_gettime(CLOCK_MONOTONIC)';
  const perl = spawn('perl', ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const chunk of perl.stdout) said += chunk;
  return Number(said) * 1e6;
}

test('the service manager is told in order what we do', async () => {
  const service = manager();
  service.ready('17 jobs\nno 18');
  const before = await uptime();
  service.reloading();
  const after = await uptime();
  service.ready('18 jobs');
  service.stopping('waiting for 1 job');
  expect(await heard()).toBe('READY=1 STATUS=17 jobs no 18');
  const reloading = /^RELOADING=1 MONOTONIC_USEC=(\d+)$/.exec(await heard());
  expect(Number(reloading?.[1])).toBeGreaterThanOrEqual(Math.floor(before));
  expect(Number(reloading?.[1])).toBeLessThanOrEqual(after);
  expect(await heard()).toBe('READY=1 STATUS=18 jobs');
  expect(await heard()).toBe('STOPPING=1 STATUS=waiting for 1 job');
  await service.sent();
  expect(warnings).toEqual([]);
});

describe('the watchdog', () => {
  test('hears of us at every half of its time, while we are healthy', async () => {
    const clock = new VirtualClock();
    let isHealthy = true;
    const service = manager(
      { WATCHDOG_USEC: '30000000', WATCHDOG_PID: String(process.pid) },
      clock,
    );
    const end = service.watch(() => isHealthy);
    const beats = async () => {
      await service.sent();
      service.stopping('that was all');
      for (let count = 0; ; count++) if ((await heard()) !== 'WATCHDOG=1') return count;
    };
    expect(await beats()).toBe(1);
    await clock.pass(14_999);
    expect(await beats()).toBe(0);
    await clock.pass(1);
    expect(await beats()).toBe(1);
    isHealthy = false;
    await clock.pass(60_000);
    expect(await beats()).toBe(0);
    isHealthy = true;
    await clock.pass(15_000);
    expect(await beats()).toBe(1);
    end();
    expect(clock.waiting).toBe(0);
  });

  test.each([
    ['there is none', {}],
    ['it watches another process', { WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }],
    ['its time makes no sense', { WATCHDOG_USEC: 'soon' }],
  ])('is left alone where %s', (_, env) => {
    const clock = new VirtualClock();
    manager(env, clock).watch(() => true);
    expect(clock.waiting).toBe(0);
  });
});

test('without a service manager nothing is said, nor started', async () => {
  const service = manager({ NOTIFY_SOCKET: undefined, PATH: '/no/such' });
  service.ready('');
  service.stopping('');
  await service.sent();
  expect(warnings).toEqual([]);
});

test('that it cannot be told is a warning, once', async () => {
  const service = manager({ PATH: listener.folder });
  service.ready('');
  service.stopping('');
  await service.sent();
  expect(warnings).toEqual([
    'the service manager cannot be told that we are up: systemd-notify is not installed (NOTIFY_SOCKET is set)',
  ]);
});

test('that nobody listens is a warning, once', async () => {
  const service = manager({ NOTIFY_SOCKET: join(listener.folder, 'nobody') });
  service.ready('');
  service.stopping('');
  await service.sent();
  expect(warnings).toEqual([expect.stringMatching(/No such file or directory/)]);
});
