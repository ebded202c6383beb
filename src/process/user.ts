import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { quote } from '../core/errors.js';
import { findCommand } from './find-command.js';

/** A row of the user database (passwd(5)). */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** `/` if none is given, as login(1) has it. */
  readonly home: string;
  /** `/bin/sh` if none is given (passwd(5)). */
  readonly shell: string;
}

/** Where programs that change the user are looked for: never in a PATH that a job's owner wrote. */
const SYSTEM_PATH = '/usr/bin:/bin:/usr/sbin:/sbin';
/** ms that a directory service may take. */
const LOOK_UP = 10_000;
/** getent(1): the key is not in the database. */
const UNKNOWN = 2;

/**
 * Looks a user up wherever this machine keeps its users (getent(1), which asks directory services too),
 * or in /etc/passwd where there is no getent.
 *
 * @param name or user id, as getent takes both
 * @returns undefined if there is no such user
 * @throws Error if the database gives no answer
 */
export async function lookUpUser(name: string): Promise<User | undefined> {
  const getent = findCommand('getent', { path: SYSTEM_PATH, cwd: '/' });
  if (getent.kind !== 'found') return inFile(await readFile('/etc/passwd', 'utf8'), name);
  const { exitCode, stdout } = await execa(getent.file, ['passwd', '--', name], {
    env: {},
    extendEnv: false,
    stdin: 'ignore',
    stderr: 'ignore',
    reject: false,
    timeout: LOOK_UP,
    verbose: 'none',
  });
  if (exitCode === UNKNOWN) return undefined;
  const user = exitCode === 0 ? userOf(stdout) : undefined;
  if (user === undefined) throw new Error(`the user database does not answer for ${quote(name)}`);
  return user;
}

function inFile(passwd: string, name: string): User | undefined {
  const users = passwd.split('\n').flatMap((row) => userOf(row) ?? []);
  return users.find((user) => user.name === name) ?? users.find(({ uid }) => String(uid) === name);
}

function userOf(row: string): User | undefined {
  const [name, , uid, gid, , home, shell] = row.trimEnd().split(':');
  if (!name || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return undefined;
  return {
    name,
    uid: Number(uid),
    gid: Number(gid),
    home: home || '/',
    shell: shell || '/bin/sh',
  };
}

export type UserChange =
  /** What is put in front of a job's command; empty: it is our own user. */
  | { readonly kind: 'by'; readonly command: readonly string[] }
  | { readonly kind: 'impossible'; readonly reason: string };

/**
 * How a job is run as a user: setpriv(1) in front of it gives it the user's id, group and supplementary
 * groups. Node's own `uid` and `gid` would leave it without the last (libuv drops them).
 *
 * @param self our own effective user id
 */
export function changeTo({ name, uid, gid }: User, self: number | undefined): UserChange {
  if (uid === self) return { kind: 'by', command: [] };
  const impossible = (reason: string): UserChange => ({ kind: 'impossible', reason });
  if (self !== 0) {
    return impossible(
      `only root can run a job as ${quote(name)}; our own user id is ${self ?? 'unknown'}`,
    );
  }
  const setpriv = findCommand('setpriv', { path: SYSTEM_PATH, cwd: '/' });
  if (setpriv.kind !== 'found') {
    return impossible(`to run a job as ${quote(name)} takes setpriv(1); install util-linux`);
  }
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
  return { kind: 'by', command: [setpriv.file, ...ids, '--'] };
}
