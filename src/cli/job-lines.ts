import type { LineFormat } from '../process/lines/line-sink.js';
import { journalPrefix } from './journal.js';
import type { Level } from './level.js';
import type { Fields } from './reporter.js';

export type StreamName = 'stdout' | 'stderr';

/**
 * The journal's priority of a job's lines. What goes to stderr is not always wrong, but more often worth a
 * look: it can be told apart (`journalctl -p notice`) and is no warning. Whether a job failed, we say.
 */
const PRIORITY: Readonly<Record<StreamName, Level>> = { stdout: 'info', stderr: 'notice' };

interface TextOptions {
  readonly isJournal: boolean;
  readonly paint?: (text: string) => string;
}

/**
 * `[nightly] text`: the bytes are left as they are, whatever their encoding. A line too long to be kept
 * whole is `[nightly …] text` for each part but the last.
 */
export function textLines(
  stream: StreamName,
  key: string,
  { isJournal, paint = (text) => text }: TextOptions,
): LineFormat {
  const priority = isJournal ? journalPrefix(PRIORITY[stream]) : '';
  const prefix = asBytes(`${priority}${paint(`[${key}]`)} `);
  const unfinished = asBytes(`${priority}${paint(`[${key} …]`)} `);
  return {
    lines: (block) => ofBytes(prefixed(prefix, block.toString('latin1'))),
    piece: (bytes) => ofBytes(`${unfinished}${bytes.toString('latin1')}\n`),
  };
}

/** Latin-1 is one character a byte: with it the bytes of any encoding go through a string unharmed. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function ofBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function prefixed(prefix: string, lines: string): string {
  // Not replaceAll: `$` in a replacement has a meaning, and a job's key may have one.
  return `${prefix}${lines.slice(0, -1).split('\n').join(`\n${prefix}`)}\n`;
}

/**
 * `{"time", "level", "event": "output", …run, "stream", "message"}`, one object a line. What is no
 * UTF-8 becomes U+FFFD; the end of a line, `\n` or `\r\n`, is left out. `"partial": true`: the line is too
 * long to be kept whole, and goes on in the next object of this stream.
 *
 * @param now ms since the epoch
 */
export function jsonLines(stream: StreamName, run: Fields, now: () => number): LineFormat {
  /** A record up to its message, which is the same for all lines of a block: they may be millions. */
  const head = (partial?: true) => {
    const time = new Date(now()).toISOString();
    const level: Level = 'info';
    const fields = { time, level, event: 'output', ...run, stream, ...(partial && { partial }) };
    return `${JSON.stringify(fields).slice(0, -1)},"message":`;
  };
  return {
    lines(block) {
      const begin = head();
      const lines = block.toString('utf8').slice(0, -1).split('\n');
      const records = lines.map((line) => {
        const message = line.endsWith('\r') ? line.slice(0, -1) : line;
        return `${begin}${JSON.stringify(message)}}\n`;
      });
      return Buffer.from(records.join(''));
    },
    piece: (bytes) => Buffer.from(`${head(true)}${JSON.stringify(bytes.toString('utf8'))}}\n`),
  };
}
