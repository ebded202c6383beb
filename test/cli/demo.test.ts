import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { checkJournal, isKept, readJournal, verdict } from '../../src/cli/demo/journal.js';
import { cli, start } from '../support/cli.js';
import { failOnLeaks } from '../support/leaks.js';
import { ourProcesses } from '../support/processes.js';

failOnLeaks();

const { PATH = '' } = process.env;
const ROW = /^\d\d:\d\d:\d\dZ {2}([\d. ]{9}) {3}(node-\d) {3}(\d{16}) {3}(.*)/m;
const ESCAPE = '\u001b';

function rowsOf(stdout: string) {
  return stdout.split('\n').flatMap((line) => {
    const match = ROW.exec(line);
    if (match === null) return [];
    const [, bids = '', ran = '', fence = '', outcome = ''] = match;
    return [{ bids, ran, fence, outcome }];
  });
}

/** A search path with everything but the directories that hold this program. */
function pathWithout(program: string): string {
  const own = (folder: string) => existsSync(join(folder, program));
  return PATH.split(delimiter)
    .filter((folder) => !own(folder))
    .join(delimiter);
}

describe.each([
  {
    kind: 'an installed redis-server',
    args: [],
    signals: ['SIGINT', 'SIGTERM', 'SIGHUP'] as const,
    name: /share redis-server [\d.]+ on 127\.0\.0\.1/,
  },
  {
    kind: 'the embedded Redis',
    args: ['--embedded'],
    signals: ['SIGINT'] as const,
    name: /share the embedded js-redis-server on 127\.0\.0\.1/,
  },
])('the demo on $kind', ({ args, signals, name }) => {
  test('shows that every slot runs once, whoever dies', async () => {
    const { code, stdout, stderr, ms } = await cli(['demo', ...args], { within: 60_000 });
    expect(stderr).toBe('');
    expect(stdout).toMatch(name);
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('5 slots, 5 runs, 0 duplicates');
    expect(code).toBe(0);

    const [first, second, third, fourth, fifth] = rowsOf(stdout);
    const everybody = { bids: '1 2 3 4 5', outcome: 'done, 4 not elected' };
    expect([first, fourth, fifth]).toMatchObject([everybody, everybody, everybody]);
    expect(second).toMatchObject({ ...everybody, outcome: 'killed in mid-run, 4 not elected' });
    const dead = second?.ran ?? '';
    expect(third).toMatchObject({
      bids: '1 2 3 4 5'.replace(dead.slice(-1), '.'),
      outcome: 'done, 3 not elected',
    });
    expect(stdout).toMatch(
      new RegExp(`^ +${dead} is back and bids for .* again: not elected, it stays claimed$`, 'm'),
    );
    const fences = rowsOf(stdout).map(({ fence }) => Number(fence));
    expect(fences).toEqual([...fences].sort((a, b) => a - b));
    // Twenty seconds on a machine that does nothing else; this one runs the other tests as well.
    expect(ms).toBeLessThan(40_000);
  }, 70_000);

  test.each(signals)(
    'leaves nothing on %s',
    async (signal) => {
      const demo = start(['demo', ...args], { within: 30_000 });
      await demo.waitForOutput(ROW);
      const jobs = () => ourProcesses().filter(({ command }) => command.startsWith('/bin/sh -c'));
      await vi.waitFor(() => expect(jobs()).not.toEqual([]), { timeout: 10_000, interval: 10 });
      demo.kill(signal);
      const { code, stdout, stderr } = await demo.ended;
      expect(ourProcesses()).toEqual([]);
      expect(stderr).toBe('');
      expect(stdout).not.toContain('duplicates');
      expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
    },
    40_000,
  );
});

test('without an installed redis-server the demo takes the embedded one', async () => {
  const demo = start(['demo'], { env: { PATH: pathWithout('redis-server') } });
  await demo.waitForOutput('share the embedded js-redis-server');
  demo.kill();
  expect((await demo.ended).code).toBe(143);
}, 30_000);

test('the demo tells when a Redis lets several nodes win, and fails', async () => {
  const liar = fileURLToPath(new URL('fixtures/lying-redis', import.meta.url));
  const { code, stdout } = await cli(['demo'], {
    env: { PATH: `${liar}${delimiter}${PATH}` },
    within: 60_000,
  });
  expect(stdout).toMatch(/ran 5 times/);
  const last = stdout.trimEnd().split('\n').at(-1);
  expect(last).toMatch(/^5 slots, \d+ runs, [1-9]\d* duplicates/);
  expect(code).toBe(1);
}, 70_000);

describe('the demo in a terminal', () => {
  test.each([
    { title: 'is coloured', env: {}, coloured: true },
    { title: 'respects NO_COLOR', env: { NO_COLOR: '1' }, coloured: false },
  ])(
    '$title, and Ctrl-C ends it',
    async ({ env, coloured }) => {
      const demo = start(['demo'], { env, terminal: true, within: 30_000 });
      await demo.waitForOutput(/\d{16}/);
      demo.type('\u0003');
      const { code, stdout } = await demo.ended;
      expect(stdout.includes(`${ESCAPE}[32m`)).toBe(coloured);
      expect(stdout.includes(ESCAPE)).toBe(coloured);
      expect(stdout).not.toContain('duplicates');
      expect(code).toBe(130);
    },
    40_000,
  );
});

describe('the journal', () => {
  const line = (slot: string, node: string, fence: number) => `start ${slot} ${node} ${fence}\n`;
  const check = (text: string, slots: string[]) => {
    const findings = checkJournal(readJournal(text), slots);
    return { kept: isKept(findings), text: verdict(findings) };
  };

  test('is fine when each slot began once, even if one never ended', () => {
    const text = `${line('s1', 'a', 1)}end s1 a 1\n${line('s2', 'b', 2)}`;
    expect(check(text, ['s1', 's2'])).toEqual({
      kept: true,
      text: '2 slots, 2 runs, 0 duplicates',
    });
  });

  test('tells of a slot that began twice', () => {
    const text = line('s1', 'a', 1) + line('s1', 'b', 2);
    expect(check(text, ['s1'])).toEqual({ kept: false, text: '1 slot, 2 runs, 1 duplicate' });
  });

  test('tells of a slot that nobody ran', () => {
    expect(check(line('s1', 'a', 1), ['s1', 's2'])).toEqual({
      kept: false,
      text: '2 slots, 1 run, 0 duplicates, nobody ran s2',
    });
  });

  test('tells of a fence that did not rise', () => {
    const text = line('s1', 'a', 2) + line('s2', 'b', 2);
    expect(check(text, ['s1', 's2'])).toEqual({
      kept: false,
      text: '2 slots, 2 runs, 0 duplicates, a fence did not rise',
    });
  });
});

describe('the words of the demo', () => {
  test('--help says what it does', async () => {
    const { code, stdout } = await cli(['demo', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: redlock-run demo/);
  });

  test('an option that it does not know is refused', async () => {
    const { code, stderr } = await cli(['demo', '--embeded']);
    expect(code).toBe(64);
    expect(stderr).toBe('redlock-run: demo: unexpected "--embeded"; see demo --help\n');
  });

  test('nothing of it is left in the temporary directory', () => {
    expect(readdirSync(process.env.TMPDIR ?? '')).toEqual([]);
  });
});
