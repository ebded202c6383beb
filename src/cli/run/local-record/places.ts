import { isAbsolute, join } from 'node:path';

/** Whose record it is. */
export interface RecordUser {
  readonly isRoot: boolean;
  /** As the system knows it, where HOME is not set; undefined when it does not. */
  readonly home: string | undefined;
}

const NAME = 'record.jsonl';
const FOLDER = 'redlock-run';

/**
 * Where the local record may lie, the best place first: of root in /var/lib, else where the XDG Base
 * Directory Specification keeps the state of programs. There, a path that is not absolute is ignored.
 */
export function recordPlaces(
  env: Readonly<Record<string, string | undefined>>,
  { isRoot, home }: RecordUser,
): readonly string[] {
  const userHome = env.HOME || home || '';
  const state = [env.XDG_STATE_HOME ?? '', join(userHome, '.local', 'state')].find(isAbsolute);
  const folders = [...(isRoot ? ['/var/lib'] : []), ...(state === undefined ? [] : [state])];
  return folders.map((folder) => join(folder, FOLDER, NAME));
}
