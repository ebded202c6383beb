import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BIN } from './cli.js';

/** What the documents and examples call, below the folder that stands for /opt/app. */
const JOBS = ['nightly', 'tick', 'sync', 'report', 'send', 'shard', 'tidy', 'migrate'];

export interface NodeResult {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine on which lines of documents and examples work: jobs and a shell. */
export interface Machine {
  /** Stands for `/`. */
  readonly folder: string;
  /** A text with the paths of this machine. */
  at(text: string): string;
  /** Runs a shell line on several nodes at the same time. */
  onNodes(
    count: number,
    line: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<NodeResult[]>;
  /** Removes its files. */
  remove(): void;
}

/** Makes the folders, the jobs and the command. */
export function makeMachine(): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'app/bin'), { recursive: true });
  writeFileSync(join(folder, 'app/VERSION'), '1.2.3\n');
  for (const job of JOBS) {
    // A job tells that it ran and for whom, and passes on what it reads.
    script(join(folder, 'app/bin', job), `echo "${job} $* ran for $REDLOCK_RUN_KEY"; cat`);
  }
  script(join(folder, 'bin/logger'), 'cat');
  symlinkSync(BIN, join(folder, 'bin/redlock-run'));
  return {
    folder,
    at: (text) => text.replaceAll('/opt/app', join(folder, 'app')),
    onNodes: (count, line, env = {}) =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          run(line, {
            PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
            REDLOCK_RUN_NODE: `node-${index + 1}`,
            ...env,
          }),
        ),
      ),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

async function run(line: string, env: Readonly<Record<string, string>>): Promise<NodeResult> {
  const child = spawn('/bin/sh', ['-c', line], {
    env: { TEST_TAG: process.env.TEST_TAG, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exit]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exit, stdout, stderr };
}

function script(file: string, content: string): void {
  writeFileSync(file, `#!/bin/sh\n${content}\n`);
  chmodSync(file, 0o755);
}
