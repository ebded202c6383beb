import { execa } from 'execa';
import type { JobSpec } from './job-spec.js';

export const SHELL = '/bin/sh';

export type Child = ReturnType<typeof spawnJob>;

/** @param front a command that runs the one given to it as further arguments; may be empty */
export function spawnJob(spec: JobSpec, front: readonly string[]) {
  const { command, file, args, shell, interpreter = SHELL, env, cwd } = spec;
  const { input, output, keepOutput } = spec;
  const options = {
    stdin: input === undefined ? 'inherit' : input === '' ? 'ignore' : 'pipe',
    stdout: output ? 'pipe' : 'inherit',
    stderr: output || keepOutput ? 'pipe' : 'inherit',
    // What is read is ours to keep or not: execa would keep 100 MB, and then end the job.
    buffer: false,
    detached: true,
    env,
    extendEnv: false,
    ...(cwd !== undefined && { cwd }),
    // None of execa's ways to end it: they know only the leader (see terminate.ts).
    reject: false,
    // Else NODE_DEBUG=execa writes the job's arguments to stderr.
    verbose: 'none',
  } as const;
  const words = shell
    ? [interpreter, '-c', command, interpreter, ...args]
    : [file ?? command, ...args];
  const [first = SHELL, ...others] = [...front, ...words];
  const argv0 = shell || front.length > 0 ? first : command;
  return execa(first, others, { ...options, argv0 });
}

/** Loads what it takes, so that the first job of many need not wait for it. */
export async function prepareToSpawn(): Promise<void> {
  await import('execa');
}
