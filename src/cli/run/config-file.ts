import { existsSync } from 'node:fs';
import { Failure } from '../../core/errors.js';
import { readTextFile } from '../../read-file.js';
import type { Config } from './config.js';

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
  const text = readTextFile(file, 'the configuration file');
  const { parseConfig } = await import('./config-schema.js');
  return parseConfig(file, text);
}

function defaultFile(): string | undefined {
  const [first, second] = DEFAULT_FILES.filter((file) => existsSync(file));
  if (second === undefined) return first;
  throw new Failure('config', `${first} and ${second} are both there; keep one`);
}
