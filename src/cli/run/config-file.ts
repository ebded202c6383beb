import { existsSync, readFileSync, statSync } from 'node:fs';
import { Failure, quote } from '../../core/errors.js';
import type { OptionName } from './options.js';

/** A value and where it came from, for messages: `/etc/redlock-run.yaml: lease`. */
export interface Sourced {
  readonly texts: readonly string[];
  readonly name: string;
}

export type Config = ReadonlyMap<OptionName, Sourced>;

const DEFAULT_FILES = ['yaml', 'yml', 'json'].map((ending) => `/etc/redlock-run.${ending}`);

/**
 * Reads the configuration file: the one that was named, else the one in /etc, else none. The parser
 * and the schema library are loaded only when there is a file.
 *
 * @throws Failure `config` naming the file and what is wrong in it
 */
export async function loadConfig(named: string | undefined): Promise<Config> {
  const file = named ?? defaultFile();
  if (file === undefined) return new Map();
  const [{ parseConfig }, text] = [await import('./config-schema.js'), read(file)];
  return parseConfig(file, text);
}

function defaultFile(): string | undefined {
  const [first, second] = DEFAULT_FILES.filter((file) => existsSync(file));
  if (second === undefined) return first;
  throw new Failure('config', `${first} and ${second} are both there; keep one`);
}

function read(file: string): string {
  try {
    if (!statSync(file).isFile()) throw Object.assign(new Error(), { code: 'not a regular file' });
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const hint = code === 'EACCES' ? '; the user who runs the job must be able to read it' : '';
    throw new Failure(
      'config',
      `cannot read the configuration file ${quote(file)} (${code})${hint}`,
    );
  }
}
