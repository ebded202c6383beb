import { Failure, quotePath } from '../../core/errors.js';
import { readTextFile } from '../../read-file.js';

/**
 * The password in a file, less the line end that an editor puts behind it.
 *
 * @param what says which file it is, for messages
 * @throws Failure `config`
 */
export function readPassword(path: string, what: string): string {
  const password = readTextFile(path, what).replace(/\r?\n$/, '');
  if (password !== '') return password;
  throw new Failure('config', `${what} ${quotePath(path)} is empty`);
}
