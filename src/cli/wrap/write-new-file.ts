import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Failure, quotePath, usage } from '../../core/errors.js';

/** By owner alone: a crontab may hold a password. */
const PRIVATE = 0o600;

/**
 * Writes a file that is not there yet: the whole of it, or none. link(2) never replaces a file, not
 * even one that came in the meantime.
 *
 * @param mode permission bits
 * @throws Failure `usage` where it is there, `config` where it cannot be written
 */
export function writeNewFile(path: string, text: string, mode = PRIVATE): void {
  try {
    writeByDraft(path, text, mode);
  } catch (error) {
    throw refusal(path, error);
  }
}

function writeByDraft(path: string, text: string, mode: number): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', PRIVATE);
  try {
    try {
      writeFileSync(descriptor, text);
      fchmodSync(descriptor, mode);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function refusal(path: string, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'EEXIST') {
    return usage(`--write: ${quotePath(path)} is there already; name a new file`);
  }
  return new Failure('config', `--write: cannot write ${quotePath(path)} (${code})`);
}
