import type { Output } from './io.js';
import { journalPrefix } from './journal.js';
import type { Level } from './level.js';

/** How much a person wants to hear: everything, the usual, errors only. */
export type Volume = 'verbose' | 'normal' | 'quiet';

/** What every message of one command carries in JSON. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Our own words, on stderr: the job's stdout stays the job's. */
export interface Reporter {
  /** Always said. */
  error(event: string, message: string, fields?: Fields): void;
  /** Said unless quiet: somebody should look, though the exit code may be fine. */
  warn(event: string, message: string, fields?: Fields): void;
  /** Said when verbose, and to a person at a terminal. */
  notice(event: string, message: string, fields?: Fields): void;
  /** Said when verbose. */
  info(event: string, message: string, fields?: Fields): void;
}

export interface ReporterOptions {
  readonly stderr: Output;
  readonly now: () => number;
  readonly volume: Volume;
  /** Events that are said at normal volume, too, whatever their level. */
  readonly heard?: ReadonlySet<string>;
  /** What all is about, where one process speaks of several things; text only. */
  readonly subject?: string;
  readonly format: 'text' | 'json';
  /** Colours a message for a terminal; plain when absent. */
  readonly paint?: (level: Level, text: string) => string;
}

export function createReporter(options: ReporterOptions, common: Fields = {}): Reporter {
  const { stderr, now, volume, heard, subject, format, paint = (_, text) => text } = options;
  const about = subject === undefined ? '' : `${subject}: `;
  const say =
    (level: Level) =>
    (event: string, message: string, fields: Fields = {}) => {
      const isWanted = volume === 'normal' && heard?.has(event) === true;
      if (!isWanted && !isHeard(level, volume, stderr.isTTY)) return;
      if (format === 'text') {
        const text = `redlock-run: ${paint(level, about + message)}\n`;
        return stderr.write(stderr.isJournal ? prioritized(level, text) : text);
      }
      const time = new Date(now()).toISOString();
      stderr.write(`${JSON.stringify({ time, level, event, ...common, ...fields, message })}\n`);
    };
  return {
    error: say('error'),
    warn: say('warning'),
    notice: say('notice'),
    info: say('info'),
  };
}

/** Each line: the journal makes an entry of each. */
function prioritized(level: Level, text: string): string {
  return text.replace(/[^\n]*\n/g, `${journalPrefix(level)}$&`);
}

function isHeard(level: Level, volume: Volume, isTTY: boolean): boolean {
  if (volume === 'quiet') return level === 'error';
  if (volume === 'verbose' || level === 'error' || level === 'warning') return true;
  return level === 'notice' && isTTY;
}
