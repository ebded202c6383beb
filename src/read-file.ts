import { readFileSync, statSync } from 'node:fs';
import { Failure, quotePath } from './core/errors.js';

/**
 * Reads a small text file whole: a secret, a certificate, a configuration.
 *
 * @param what says which file it is, for messages: `the CA file`
 * @throws Failure `config`
 */
export function readTextFile(path: string, what: string): string {
  return readBytes(path, what).toString('utf8');
}

/** The same for a text that may not be UTF-8. @throws Failure `config` */
export function readBytes(path: string, what: string): Buffer {
  try {
    // A pipe or a device may have no end, or give its text once only.
    if (!statSync(path).isFile()) throw Object.assign(new Error(), { code: 'not a regular file' });
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const hint = code === 'EACCES' ? '; the user who runs the job must be able to read it' : '';
    throw new Failure('config', `cannot read ${what} ${quotePath(path)} (${code})${hint}`);
  }
}
