import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bundled, testEnv, useBundle } from '../process/support.js';
import { failOnLeaks } from '../support/leaks.js';
import { ourProcesses } from '../support/processes.js';

failOnLeaks();
useBundle('many-jobs.ts');

interface Job {
  readonly key: string;
  readonly script: string;
}

interface Told {
  readonly ends: readonly unknown[];
  /** ms, of the event loop. */
  readonly late: number;
  /** Bytes, at most. */
  readonly rss: number;
}

interface Options {
  readonly format?: 'text' | 'json';
  /** A command that is given ours as further arguments and runs it. */
  readonly through?: readonly string[];
}

function start(jobs: readonly Job[], { format = 'text', through = [] }: Options = {}) {
  const order = JSON.stringify({ format, jobs, env: testEnv() });
  const words = [...through, process.execPath, bundled('many-jobs.ts'), order];
  const [program = '', ...args] = words;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const ready = once(child, 'message');
  const told = ready.then(() => once(child, 'message')).then(([message]): Told => message);
  return { child, ready, told };
}

async function outputOf(jobs: readonly Job[], options?: Options) {
  const { child, told } = start(jobs, options);
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { stdout, stderr, ...(await told) };
}

function read(stream: ChildProcess['stdout']): Promise<Buffer> {
  if (stream === null) throw new Error('no pipe');
  return buffer(stream);
}

/** Only those that this test has started. */
function killJobs(...names: readonly string[]): void {
  for (const { pid, command } of ourProcesses()) {
    if (names.some((name) => command.split(' ')[0] === name)) process.kill(pid, 'SIGKILL');
  }
}

const job = (script: string, key = 'nightly'): Job => ({ key, script });
const EXIT_0 = { kind: 'exited', code: 0 };

test('each line begins with the job’s key, on the stream that it was written to', async () => {
  const script = 'echo one; echo; printf "no end"; echo "$PATH" | wc -l >&2';
  const { stdout, stderr, ends } = await outputOf([job(script, '$& ä')]);
  expect(stdout.toString()).toBe('[$& ä] one\n[$& ä] \n[$& ä] no end\n');
  expect(stderr.toString()).toBe('[$& ä] 1\n');
  expect(ends).toEqual([EXIT_0]);
});

test('as text the bytes of a line stay as they are', async () => {
  const { stdout } = await outputOf([job(String.raw`printf '\377\000\r\n10%%\r20%%\r\n'`)]);
  expect(stdout.toString('latin1')).toBe('[nightly] \xff\0\r\n[nightly] 10%\r20%\r\n');
});

test('as JSON each line is an object, and what is no UTF-8 is replaced', async () => {
  // A character is written half by half, by processes that run one after the other.
  const script = String.raw`printf 'a\377\r\n\342\202'; env printf '\254\n'; echo oops >&2`;
  const { stdout, stderr } = await outputOf([job(script)], { format: 'json' });
  const run = { key: 'nightly', slot: 'S', node: 'N' };
  const fields = { time: '1970-01-01T00:00:00.000Z', level: 'info', event: 'output', ...run };
  const objects = (text: Buffer) =>
    text
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  expect(objects(stdout)).toEqual([
    { ...fields, stream: 'stdout', message: 'a\ufffd' },
    { ...fields, stream: 'stdout', message: '€' },
  ]);
  expect(objects(stderr)).toEqual([{ ...fields, stream: 'stderr', message: 'oops' }]);
});

test('a line that is too long to be kept whole says that it goes on', async () => {
  const long = [job('head -c 1500000 /dev/zero | tr "\\0" y; echo')];
  const text = (await outputOf(long)).stdout.toString();
  expect(text.split('\n').map((line) => [line.slice(0, 14), line.length])).toEqual([
    ['[nightly …] yy', 1_048_576 + 12],
    ['[nightly] yyyy', 1_500_000 - 1_048_576 + 10],
    ['', 0],
  ]);
  const json = (await outputOf(long, { format: 'json' })).stdout.toString().trimEnd().split('\n');
  expect(
    json.map((line) => JSON.parse(line)).map(({ partial, message }) => [partial, message.length]),
  ).toEqual([
    [true, 1_048_576],
    [undefined, 1_500_000 - 1_048_576],
  ]);
});

test('lines of many jobs do not mix, though both of our streams are one pipe', async () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  const wide = (key: string) => `wide=$(head -c 100000 /dev/zero | tr "\\0" ${key})`;
  const jobs = keys.map((key) =>
    job(`${wide(key)}; for i in 1 2 3 4 5; do echo $wide; echo $wide >&2; done`, key),
  );
  // Of what Node calls a pipe more is written at once than of a real one.
  const through = ['sh', '-c', '"$@" 2>&1 | cat', 'sh'];
  const { stdout, stderr } = await outputOf(jobs, { through });
  const lines = stdout.toString().trimEnd().split('\n');
  expect(lines.filter((line) => !/^\[(.)\] \1{100000}$/.test(line)).length).toBe(0);
  expect(lines).toHaveLength(keys.length * 10);
  expect(stderr.toString()).toBe('');
});

test('a reader that is slow makes the jobs wait, and nobody else', async () => {
  // Endless, so that nothing but waiting bounds what is kept.
  const { child, ready, told } = start([job('exec yes'), job('exec yes >&2'), job('sleep 0.5')]);
  await ready;
  await delay(1_000);
  child.send('say something');
  const seen = () => {
    child.stdout?.resume();
    return new Promise<void>((resolve) => {
      let text = '';
      child.stderr?.setEncoding('latin1').on('data', (more: string) => {
        text = (text + more).slice(-200_000);
        if (/\nredlock-run: a word of ours\n/.test(text)) resolve();
      });
    });
  };
  await seen();
  child.stdout?.destroy();
  child.stderr?.resume();
  killJobs('yes');
  const { late, rss } = await told;
  expect(late).toBeLessThan(400);
  expect(rss).toBeLessThan(150_000_000);
});

test('jobs run to their end though nobody reads any more', async () => {
  const { child, ready, told } = start([
    job('for i in 1 2 3; do head -c 100000 /dev/zero; done; exit 7'),
  ]);
  await ready;
  child.stdout?.destroy();
  child.stderr?.destroy();
  expect((await told).ends).toEqual([{ kind: 'exited', code: 7 }]);
});

test('a job is over although a background child holds its streams', async () => {
  const quiet = 'sleep 1000 & printf "last words"';
  const loud = '(while :; do echo; sleep 0.01; done) & echo "last words"';
  const flood = '(yes | head -c 50000000; sleep 1000) & echo "last words"';
  const { child, told } = start([job(quiet, 'q'), job(loud, 'l'), job(flood, 'f')]);
  const output = read(child.stdout);
  const { ends } = await told;
  await once(child, 'exit');
  killJobs('sleep', 'yes', '/bin/sh');
  expect(ends).toEqual([EXIT_0, EXIT_0, EXIT_0]);
  const lines = (await output).toString().split('\n');
  for (const key of ['q', 'l', 'f']) expect(lines).toContain(`[${key}] last words`);
});

test.each(['text', 'json'] as const)('a flood as %s takes bounded memory', async (format) => {
  const size = 40_000_000;
  const line = 'x'.repeat(99);
  const flood = `yes ${line} | head -c ${size}`;
  const { child, told } = start([job(`${flood} & ${flood} >&2; wait`)], { format });
  let lines = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 0x0a) lines++;
    });
  }
  const { rss, ends } = await told;
  await once(child, 'close');
  expect(ends).toEqual([EXIT_0]);
  expect(lines).toBe((2 * size) / 100);
  expect(rss).toBeLessThan(200_000_000);
});
