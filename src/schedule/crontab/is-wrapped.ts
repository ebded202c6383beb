import { callsOf } from './shell-calls.js';

/** Calls that run no job. */
const INFORMATION = new Set(['-h', '--help', '-V', '--version']);

/**
 * Whether a command calls `redlock-run` itself, to run a job: `cd /srv && sudo redlock-run --key nightly …`.
 * Where the name is an argument (`echo redlock-run`) or the call is one of our other commands, it does not.
 */
export function isWrapped(command: string): boolean {
  if (!command.includes('redlock-run')) return false;
  return callsOf(command).some(({ name, args: [first = ''] }) => {
    if (name !== 'redlock-run') return false;
    return first === 'run' || (first.startsWith('-') && !INFORMATION.has(first));
  });
}
