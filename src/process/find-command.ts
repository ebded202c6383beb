import { accessSync, constants, statSync } from 'node:fs';
import { quote } from '../core/errors.js';
import { interpretersOf } from './interpreter.js';

export type FoundCommand =
  | {
      readonly kind: 'found';
      /** What to execute: the name as given if it holds a `/`, else the absolute path of the match. */
      readonly file: string;
    }
  | { readonly kind: 'not-found'; readonly reason: string }
  | { readonly kind: 'not-executable'; readonly reason: string };

export interface CommandSearch {
  /** PATH of the job's environment; undefined if it has none. */
  readonly path: string | undefined;
  /** Where the job will run: relative names and the empty elements of PATH mean this directory. */
  readonly cwd: string;
}

/** What execvp(3) and cron search when PATH is unset (glibc's confstr(_CS_PATH)). */
const DEFAULT_PATH = '/bin:/usr/bin';

/** The kernel follows scripts that interpret scripts this far (exec_binprm in linux/fs/exec.c). */
const DEEPEST_SCRIPT = 5;

/**
 * Tells what execvp(3) would make of a command, without running it: a node that cannot run the job
 * must not win the slot. POSIX XBD 8.3: a name with a slash is not searched for, an empty element of
 * PATH is the working directory. Permissions are what access(2) says, which knows of noexec mounts.
 *
 * Only existence and permission can be known beforehand; what passes here can still fail to start.
 */
export function findCommand(command: string, search: CommandSearch): FoundCommand {
  return find(command, search, DEEPEST_SCRIPT);
}

function find(command: string, search: CommandSearch, depth: number): FoundCommand {
  if (command === '') return { kind: 'not-found', reason: 'the command is empty' };
  if (command.includes('/')) {
    const verdict = examine(command, under(search.cwd, command), search, depth);
    return verdict ?? { kind: 'not-found', reason: `${quote(command)}: no such file` };
  }
  let refusal: FoundCommand | undefined;
  for (const directory of (search.path ?? DEFAULT_PATH).split(':')) {
    const file = under(under(search.cwd, directory), command);
    const verdict = examine(file, file, search, depth);
    if (verdict?.kind === 'found') return verdict;
    refusal ??= verdict;
  }
  return refusal ?? { kind: 'not-found', reason: `${quote(command)}: not found in PATH` };
}

/**
 * @param shown how the file is named to the user and to execve(2)
 * @returns undefined if there is no such file
 */
function examine(
  shown: string,
  file: string,
  search: CommandSearch,
  depth: number,
): FoundCommand | undefined {
  const access = accessTo(file);
  if (access === 'absent') return undefined;
  if (access !== 'allowed') return { kind: 'not-executable', reason: `${quote(shown)}: ${access}` };

  // What the kernel does not follow any deeper fails at the start; that is rare enough.
  for (const needed of depth === 0 ? [] : interpretersOf(file)) {
    const verdict = find(needed, search, depth - 1);
    if (verdict.kind === 'found') continue;
    const hint = needed.endsWith('\r') ? ' (Windows line endings?)' : '';
    const reason = `${quote(shown)}: its first line asks for ${verdict.reason}${hint}`;
    return { kind: verdict.kind, reason };
  }
  return { kind: 'found', file: shown };
}

/** Plain joining: path.resolve would take `link/../file` for `file`, and the kernel does not. */
function under(directory: string, name: string): string {
  if (name.startsWith('/')) return name;
  return name === '' ? directory : `${directory}/${name}`;
}

/** `allowed`, `absent`, or in words why execve(2) would refuse the file. */
function accessTo(file: string): string {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return 'absent';
    if (stats.isDirectory()) return 'it is a directory';
    if (!stats.isFile()) return 'it is not a regular file';
    accessSync(file, constants.X_OK);
    return 'allowed';
  } catch (error) {
    switch (error instanceof Error && 'code' in error ? error.code : undefined) {
      case 'ENOENT':
      case 'ENOTDIR':
      case 'ENAMETOOLONG':
        return 'absent';
      case 'ELOOP':
        return 'too many symbolic links';
      default:
        return 'permission denied';
    }
  }
}
