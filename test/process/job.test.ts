import { execFileSync } from 'node:child_process';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { type RunningJob, startJob } from '../../src/process/job.js';
import { ourProcesses, stateOf } from '../support/processes.js';
import { fixture, fixtures, type Request, testEnv, useWrapper, wrap } from './support.js';

useWrapper();

const TIMEOUT = 600;
const endOf = async (request: Request) => (await wrap(request).ended).end;

describe('a job that ends by itself', () => {
  test.each([0, 1, 42, 255])('keeps its exit code %i', async (code) => {
    const end = await endOf({ command: 'sh', args: ['-c', `exit ${code}`] });
    expect(end).toEqual({ kind: 'exited', code });
  });

  test.each(['SIGSEGV', 'SIGKILL', 'SIGPIPE', 'SIGHUP'] as const)(
    'keeps its %s',
    async (signal) => {
      const end = await endOf({ command: 'sh', args: ['-c', `kill -${signal.slice(3)} $$`] });
      expect(end).toEqual({ kind: 'killed', signal, number: constants.signals[signal] });
    },
  );

  test('gets its arguments as they are, without a shell', async () => {
    const args = ['%s|', '$HOME', '*', 'a b', '', '; exit 9'];
    const job = wrap({ command: 'printf', args });
    expect(await text(job.stdout)).toBe('$HOME|*|a b||; exit 9|');
  });

  test('with a shell is a command line whose arguments begin at $1', async () => {
    const job = wrap({ command: 'echo "$0" "$1"; exit 4', args: ['a  b'], shell: true });
    expect(await text(job.stdout)).toBe('/bin/sh a  b\n');
    expect((await job.ended).end).toEqual({ kind: 'exited', code: 4 });
  });

  test('gets the environment that it is given and nothing else', async () => {
    const env = { ...testEnv(), UMLAUT: 'ä=b\nc' };
    const job = wrap({ command: '/usr/bin/env', args: ['-0'], env });
    const seen = (await text(job.stdout)).split('\0').filter((pair) => pair !== '');
    expect(Object.fromEntries(seen.map((pair) => pair.split(/=(.*)/s, 2)))).toEqual(env);
  });

  test('runs in the directory that it is given', async () => {
    const job = wrap({ command: '/bin/pwd', cwd: fixtures });
    expect(await text(job.stdout)).toBe(`${fixtures}\n`);
  });

  test('is told the name that the user wrote and runs the file that was found', async () => {
    const job = wrap({ command: 'bosh', file: '/bin/sh', args: ['-c', 'echo "$0"'] });
    expect(await text(job.stdout)).toBe('bosh\n');
  });

  test('may be a script without a first line', async () => {
    const job = wrap({ command: fixture('no-first-line.sh'), args: ['a'] });
    expect(await text(job.stdout)).toBe(`${fixture('no-first-line.sh')} a\n`);
  });

  test('is alone in writing to its streams, even when execa is told to talk', async () => {
    const loud = ['sh', '-c', 'NODE_DEBUG=execa exec "$@" 2>&1', 'sh'];
    const job = wrap({ command: 'echo', args: ['secret'] }, loud);
    expect(await text(job.stdout)).toBe('secret\n');
  });

  test('may close its streams', async () => {
    const end = await endOf({ command: fixture('closes-its-streams.sh') });
    expect(end).toEqual({ kind: 'exited', code: 6 });
  });

  test('is over although a background child holds its streams, and leaves the child alone', async () => {
    const job = wrap({ command: fixture('leaves-a-background-child.sh'), timeout: 60_000 });
    const child = await job.ready();
    expect((await job.ended).end).toEqual({ kind: 'exited', code: 5 });
    await job.gone;
    expect(stateOf(child)).toBeDefined();
    process.kill(child, 'SIGKILL');
  });

  test('is sent no signal afterwards, and neither are those whom it left', async () => {
    const job = start({ command: 'sleep 1000 & exit 0', shell: true, timeout: 60_000 });
    await job.ended;
    const left = () => expect(ourProcesses()).toMatchObject([{ command: 'sleep 1000' }]);
    await vi.waitFor(left);
    job.signal('SIGTERM');
    expect(await job.stop('lease-lost')).toEqual({ kind: 'exited', code: 0 });
    left();
    killAll();
  });
});

describe('the streams of a job', () => {
  test('are ours: stdin reaches it and ends', async () => {
    const job = wrap({ command: fixture('reads-stdin.sh') });
    job.process.stdin?.end('one\ntwo');
    expect(await text(job.stdout)).toBe('one\ntwo');
  });

  test('carry a flood unharmed without touching our memory', async () => {
    const size = 200_000_000;
    const job = wrap({ command: 'sh', args: ['-c', `yes 0123456789abcde | head -c ${size}`] });
    let seen = 0;
    for await (const chunk of job.stdout) {
      for (let at = (16 - (seen % 16)) % 16; at < chunk.length; at += 16) {
        if (chunk[at] !== 0x30) throw new Error(`garbled at ${seen + at}`);
      }
      seen += chunk.length;
    }
    expect(seen).toBe(size);
    expect((await job.ended).grown).toBeLessThan(30_000_000);
  });

  test('end it with SIGPIPE when nobody reads any more', async () => {
    // What Node calls a pipe is a socket pair, which says ECONNRESET instead: so a real one.
    const job = wrap({ command: 'yes' }, ['sh', '-c', '"$@" | head -n 1', 'sh']);
    expect(await text(job.stdout)).toBe('y\n');
    expect((await job.ended).end).toMatchObject({ kind: 'killed', signal: 'SIGPIPE' });
  });

  test('are blocking, with no descriptor of ours beside them and no signal ignored', async () => {
    const script =
      'grep -h flags /proc/$$/fdinfo/[01]; grep SigIgn /proc/$$/status; ls /proc/$$/fd; :';
    const args = ['-c', script];
    // Descriptors that we have inherited ourselves are not ours to close.
    const reference = execFileSync('sh', args, { encoding: 'utf8' }).split('\n').slice(3);
    const seen = await text(wrap({ command: 'sh', args }).stdout);
    expect(seen.split('\n')).toEqual([
      expect.stringMatching(/flags:\s+0?0?[02]$/),
      expect.stringMatching(/flags:\s+0?0?[12]$/),
      expect.stringMatching(/SigIgn:\s+0+$/),
      ...reference,
    ]);
  });
});

describe('what a job reads', () => {
  test('is the text that it is given, to the end', async () => {
    const input = `${'ä'.repeat(50_000)}\nend`;
    expect(await text(wrap({ command: 'cat', input }).stdout)).toBe(input);
  });

  test('is nothing when the text is empty', async () => {
    const job = wrap({ command: 'readlink', args: ['/proc/self/fd/0'], input: '' });
    expect(await text(job.stdout)).toBe('/dev/null\n');
  });

  test.each([
    ['does not read it', 'exit 3'],
    ['reads a part of it', 'head -c 10 >/dev/null; exit 3'],
    ['leaves it to a background child that does not read it', 'exec 3<&0; sleep 0.5 <&3 & exit 3'],
  ])('is no reason to fail if it %s', async (_, command) => {
    const { ended } = start({ command, shell: true, input: 'x'.repeat(1_000_000) });
    expect(await ended).toEqual({ kind: 'exited', code: 3 });
  });
});

describe('the stderr that is kept', () => {
  test('is the end of what the job says, which goes on to ours unharmed', async () => {
    const command = 'printf "%s" "0123ä" >&2';
    const both = ['sh', '-c', 'exec "$@" 2>&1', 'sh'];
    const job = wrap({ command, shell: true, keepOutput: 5 }, both);
    expect(await text(job.stdout)).toBe('0123ä');
    expect((await job.ended).tail).toBe('123ä');
  });

  test('does not end a job that says more than execa would keep', async () => {
    const command = `yes 0123456789abcde | head -c 150000000 >&2`;
    const both = ['sh', '-c', 'exec "$@" 2>&1', 'sh'];
    const job = wrap({ command, shell: true, keepOutput: 16 }, both);
    let seen = 0;
    for await (const chunk of job.stdout) seen += chunk.length;
    const { end, grown, tail } = await job.ended;
    expect(seen).toBe(150_000_000);
    expect(end).toEqual({ kind: 'exited', code: 0 });
    expect(tail).toBe('0123456789abcde\n');
    expect(grown).toBeLessThan(60_000_000);
  });

  test('ends a job with SIGPIPE when nobody reads any more', async () => {
    const head = ['sh', '-c', '"$@" 2>&1 | head -n 1', 'sh'];
    const job = wrap({ command: 'exec yes >&2', shell: true, keepOutput: 16 }, head);
    expect(await text(job.stdout)).toBe('y\n');
    expect((await job.ended).end).toMatchObject({ kind: 'killed', signal: 'SIGPIPE' });
  });
});

test('a command line may be meant for another shell', async () => {
  const job = wrap({ command: 'echo "$0 $1"', args: ['a'], shell: true, interpreter: '/bin/bash' });
  expect(await text(job.stdout)).toBe('/bin/bash a\n');
});

describe('a job whose time is up', () => {
  test('ends with SIGTERM and the rest of its group with it', async () => {
    const command = 'sleep 1000 & sleep 1000 & sleep 1000';
    const end = await endOf({ command, shell: true, timeout: TIMEOUT });
    expect(end).toEqual({
      kind: 'timed-out',
      how: { kind: 'killed', signal: 'SIGTERM', number: 15 },
      survivors: [],
    });
  });

  test('is left the time to clean up, with all the commands that takes', async () => {
    const job = wrap({ command: fixture('cleans-up.sh'), timeout: TIMEOUT });
    await job.ready();
    expect(await job.lines.next()).toMatchObject({ value: 'cleaned' });
    expect((await job.ended).end).toMatchObject({ how: { kind: 'exited', code: 0 } });
  });

  test('is killed if it ignores SIGTERM', async () => {
    const command = fixture('ignores-term.sh');
    const end = await endOf({ command, timeout: TIMEOUT, killAfter: 300 });
    expect(end).toMatchObject({ kind: 'timed-out', how: { signal: 'SIGKILL' }, survivors: [] });
  });

  test('is killed at once if no grace is given', async () => {
    const command = fixture('ignores-term.sh');
    const end = await endOf({ command, timeout: TIMEOUT, killAfter: 0 });
    expect(end).toMatchObject({ how: { signal: 'SIGKILL' } });
  });

  test.each([
    ['a child in the group that ignores SIGTERM', 'yields-but-leaves-a-child.sh'],
    ['a daemon that left session and parent', 'escapes.sh'],
    ['a daemon in the session without parent or marker', 'hides-in-the-session.sh'],
    ['a child in another session without the marker', 'sheds-its-environment.sh'],
  ])('takes with it %s', async (_, name) => {
    const job = wrap({ command: fixture(name), timeout: TIMEOUT, killAfter: 300 });
    const child = await job.ready();
    expect((await job.ended).end).toMatchObject({ kind: 'timed-out', survivors: [] });
    expect(stateOf(child)).toBeUndefined();
  });

  test('dies even when it is stopped', async () => {
    const job = wrap({ command: fixture('stops-itself.sh'), timeout: TIMEOUT, killAfter: 60_000 });
    await job.ready();
    expect((await job.ended).end).toMatchObject({ kind: 'timed-out', how: { signal: 'SIGTERM' } });
  });

  test('is not one that is allowed a year', async () => {
    const year = 366 * 86_400_000;
    const job = wrap({ command: 'sleep', args: ['0.3'], timeout: year, killAfter: year });
    expect((await job.ended).end).toEqual({ kind: 'exited', code: 0 });
    await job.gone;
  });

  test('is given the whole grace of a year', async () => {
    const year = 366 * 86_400_000;
    const job = wrap({ command: fixture('cleans-up.sh'), timeout: TIMEOUT, killAfter: year });
    expect((await job.ended).end).toMatchObject({ how: { kind: 'exited', code: 0 } });
    await job.gone;
  });
});

describe('a job that we stop', () => {
  test('ends like one whose time is up', async () => {
    const job = wrap({ command: fixture('yields-but-leaves-a-child.sh'), killAfter: 300 });
    const child = await job.ready();
    job.process.send('stop');
    job.process.send('stop');
    expect((await job.ended).end).toEqual({
      kind: 'stopped',
      reason: 'lease-lost',
      how: { kind: 'exited', code: 0 },
      survivors: [],
    });
    expect(stateOf(child)).toBeUndefined();
  });

  test.each([
    ['of another run of the same job', { FENCE: 'other' }],
    ['of another job', { RUN: 'other' }],
  ])('does not take with it a process %s', async (_, variables) => {
    const env = testEnv();
    const job = wrap({ command: fixture('escapes.sh'), killAfter: 300, env });
    const child = await job.ready();
    const other = wrap({ command: 'sleep', args: ['1000'], env: { ...env, ...variables } });
    const pid = await other.pid;
    job.process.send('stop');
    await job.ended;
    expect([stateOf(child), stateOf(pid)]).toEqual([undefined, 'S']);
    process.kill(pid, 'SIGKILL');
    await other.ended;
  });

  test('without a whole marker takes with it only what it can be sure of', async () => {
    const marker = ['RUN', 'MISSING'];
    const job = wrap({ command: fixture('escapes.sh'), killAfter: 300, marker });
    const child = await job.ready();
    job.process.send('stop');
    await job.gone;
    expect(stateOf(child)).toBeDefined();
    killAll();
  });
});

describe('a job that cannot be started says why:', () => {
  test.each([
    [
      'no such interpreter',
      { command: 'true', shell: true, interpreter: '/no/such/shell' },
      'not-found',
      '"/no/such/shell": no such file',
    ],
    [
      'no such command',
      { command: 'no-such-command', env: { PATH: '/bin' } },
      'not-found',
      /not found in PATH/,
    ],
    ['no such file', { command: '/no/such/file' }, 'not-found', /no such file/],
    ['a directory', { command: fixtures }, 'not-executable', /is a directory/],
    ['not executable', { command: fixture('wrapper.ts') }, 'not-executable', /permission denied/],
    ['no interpreter', { command: fixture('no-interpreter.sh') }, 'not-found', /first line/],
    ['no directory', { command: 'true', cwd: '/no/such' }, 'no-directory', /working directory/],
    ['arguments', { command: 'true', args: ['x'.repeat(200_000)] }, 'too-big', /too long/],
    ['no directory for a shell', { command: 'true', shell: true, cwd: '/no' }, 'no-directory', /"/],
  ])('%s', async (_, request, cause, reason) => {
    const end = await endOfUnstarted(request);
    expect(end).toEqual({ kind: 'not-started', cause, reason: expect.stringMatching(reason) });
  });
});

test('a job cannot be started from a directory that has been removed', async () => {
  // What execa asks for its own sake, and throws when it gets no answer.
  const cwd = vi.spyOn(process, 'cwd').mockImplementation(() => {
    throw Object.assign(new Error('uv_cwd'), { code: 'ENOENT' });
  });
  try {
    const end = await endOfUnstarted({ command: 'true' });
    expect(end).toMatchObject({ kind: 'not-started', cause: 'no-directory' });
  } finally {
    cwd.mockRestore();
  }
});

async function endOfUnstarted(request: Request) {
  // Not through the wrapper: such arguments do not fit into its own.
  const job = start(request);
  expect(job.pid).toBeUndefined();
  job.signal('SIGTERM');
  expect(await job.stop('lease-lost')).toEqual(await job.ended);
  return job.ended;
}

/** Without a wrapper, in this very process. */
function start(request: Request): RunningJob {
  return startJob({ args: [], shell: false, killAfter: 1, env: testEnv(), ...request });
}

function killAll(): void {
  for (const { pid } of ourProcesses()) process.kill(pid, 'SIGKILL');
}
