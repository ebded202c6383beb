import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import type { JobSpec } from '../../src/process/job.js';
import type { JobEnd } from '../../src/process/job-end.js';
import { failOnLeaks } from '../support/leaks.js';
import { TAG } from '../support/processes.js';

export const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

export function fixture(name: string): string {
  return join(fixtures, name);
}

export interface Wrapped {
  readonly process: ChildProcess;
  readonly stdout: Readable;
  /** The id of the job's leader. */
  readonly pid: Promise<number>;
  readonly ended: Promise<{
    readonly end: JobEnd;
    readonly grown: number;
    readonly tail: string | undefined;
  }>;
  /** Resolves when the wrapper has ended by itself. */
  readonly gone: Promise<unknown>;
  /** Reads the job's output up to a line `ready ID` and returns the id. */
  ready(): Promise<number>;
  /** Lines of the job's output. */
  readonly lines: AsyncIterator<string>;
}

let folder = '';

/** Where `useBundle` has put a fixture that is written in TypeScript. */
export function bundled(name: string): string {
  return join(folder, name.replace(/ts$/, 'mjs'));
}

/** Makes fixtures that are written in TypeScript runnable. Call it after `failOnLeaks`. */
export function useBundle(...names: readonly string[]): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    await build({
      entryPoints: names.map(fixture),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    // esbuild keeps a process of its own.
    await stop();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

const wrappers: ChildProcess[] = [];

/** Bundles the wrapper, and fails each test that leaves a process. Call it at the top of a test file. */
export function useWrapper(): void {
  failOnLeaks();
  useBundle('wrapper.ts');
  afterEach(async () => {
    for (const wrapper of wrappers.splice(0)) {
      if (wrapper.exitCode !== null || wrapper.signalCode !== null) continue;
      await vi.waitFor(() => expect(wrapper.exitCode).not.toBeNull(), { timeout: 3_000 });
    }
  });
}

export type Request = Partial<JobSpec> & { readonly command: string };

/** The environment of a job in these tests; each call is another run, with a marker of its own. */
export function testEnv(): Record<string, string> {
  return { PATH: process.env.PATH ?? '', TEST_TAG: TAG, RUN: 'one', FENCE: randomUUID() };
}

/**
 * Starts a real wrapper process around a job.
 *
 * @param through a command that is given the wrapper's as further arguments and runs it
 */
export function wrap(request: Request, through: readonly string[] = []): Wrapped {
  const spec: JobSpec = {
    args: [],
    shell: false,
    killAfter: 10_000,
    marker: ['RUN', 'FENCE'],
    env: testEnv(),
    ...request,
  };
  const wrapper = [process.execPath, bundled('wrapper.ts'), JSON.stringify(spec)];
  const [command = '', ...args] = [...through, ...wrapper];
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
  wrappers.push(child);
  if (child.stdout === null) throw new Error('no pipe');
  const first = once(child, 'message');
  const messages = first.then(() => once(child, 'message'));
  const lines = lazily(child.stdout);
  return {
    process: child,
    stdout: child.stdout,
    pid: first.then(([{ pid }]) => pid),
    ended: messages.then(([message]) => message),
    gone: once(child, 'exit'),
    lines,
    async ready() {
      const { value = '' } = await lines.next();
      expect(value).toMatch(/^ready \d+$/);
      return Number(value.split(' ')[1]);
    },
  };
}

/** Lines of a stream that is left alone until somebody asks for the first. */
function lazily(stream: Readable): AsyncIterator<string> {
  let lines: AsyncIterator<string> | undefined;
  return {
    next() {
      lines ??= createInterface({ input: stream })[Symbol.asyncIterator]();
      return lines.next();
    },
  };
}
