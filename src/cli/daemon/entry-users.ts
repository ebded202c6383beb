import { userInfo } from 'node:os';
import { quote } from '../../core/errors.js';
import { changeTo, lookUpUser, type User } from '../../process/user.js';
import type { Entry, Problem } from '../../schedule/crontab/crontab.js';

/** The users of a system's crontab, each looked up once. */
export interface EntryUsers {
  /** Undefined where the entry names none. */
  of(entry: Entry): User | undefined;
  readonly problems: readonly Problem[];
}

export async function entryUsers(entries: readonly Entry[]): Promise<EntryUsers> {
  const names = new Set(entries.flatMap(({ user }) => (user === undefined ? [] : [user])));
  const looked = new Map<string, User | string>();
  for (const name of names) looked.set(name, await userOrReason(name));
  const found = ({ user = '' }: Entry) => looked.get(user);
  return {
    of(entry) {
      const user = found(entry);
      return typeof user === 'string' ? undefined : user;
    },
    problems: entries.flatMap((entry) => {
      const reason = found(entry);
      const { line, column } = entry;
      return typeof reason === 'string' ? [{ line, column, message: reason }] : [];
    }),
  };
}

/** Or why nothing can be run as this user. */
async function userOrReason(name: string): Promise<User | string> {
  try {
    const user = await lookUpUser(name);
    if (user === undefined) return `there is no user ${quote(name)}`;
    const change = changeTo(user, userInfo().uid);
    return change.kind === 'impossible' ? change.reason : user;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
