import { statSync } from 'node:fs';
import { Failure, quotePath } from '../../core/errors.js';
import { readBytes } from '../../read-file.js';
import type { Io } from '../io.js';
import { brokenCrontab } from './broken-crontab.js';
import { decodeCrontab } from './decode.js';

export interface CrontabText {
  /** For messages. */
  readonly name: string;
  readonly text: string;
  /** Permission bits; undefined for standard input. */
  readonly mode: number | undefined;
}

const STDIN = '-';
const PERMISSIONS = 0o777;

/**
 * Reads a crontab whole.
 *
 * @param path a file, or `-` for standard input
 * @throws Failure `config`
 */
export async function readCrontab(
  path: string,
  { stdin }: Pick<Io, 'stdin'>,
): Promise<CrontabText> {
  if (path === STDIN) {
    const name = 'stdin';
    return { name, text: decoded(await wholeOf(stdin()), name), mode: undefined };
  }
  if (isPipe(path)) {
    const mend = 'for what another command prints, name - and pipe it in';
    throw new Failure('config', `cannot read the crontab ${quotePath(path)} (a pipe); ${mend}`);
  }
  const text = decoded(readBytes(path, 'the crontab'), path);
  return { name: path, text, mode: statSync(path).mode & PERMISSIONS };
}

/** What a shell makes of `<(crontab -l)`. */
function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO();
  } catch {
    // Reading it tells what is wrong.
    return false;
  }
}

async function wholeOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function decoded(bytes: Buffer, name: string): string {
  const text = decodeCrontab(bytes);
  if (typeof text === 'string') return text;
  const message = 'this is not UTF-8; convert the file, e.g. with iconv -f ISO-8859-1 -t UTF-8';
  throw brokenCrontab(name, [{ ...text, message }]);
}
