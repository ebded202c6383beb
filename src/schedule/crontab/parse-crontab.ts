import { Failure } from '../../core/errors.js';
import { openZone } from '../open-zone.js';
import { readAssignment } from './assignment.js';
import type { Assignment, Broken, Crontab, Directive, Entry, Line, Problem } from './crontab.js';
import { directivesIn, repeated } from './directives.js';
import { Environment } from './environment.js';
import { readEntry } from './read-entry.js';
import { fieldReader, type Report } from './read-times.js';
import { skipBlanks } from './shell-words.js';
import { type SourceLine, sourceLines } from './source-lines.js';

export interface CrontabOptions {
  /** Whether entries have a column for the user, as in /etc/crontab and /etc/cron.d. */
  readonly system: boolean;
}

/**
 * Reads a crontab as Debian's cron does, and with what docs/decisions/0015-crontab-files.md adds. All that is
 * wrong is told at once, and what is right is read nevertheless; it never throws.
 *
 * @param text decoded with `new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })`, or what is no UTF-8
 *   could not be printed again
 * @returns the problems in the order of the file
 */
export function parseCrontab(
  text: string,
  options: CrontabOptions,
): { readonly crontab: Crontab; readonly problems: readonly Problem[] } {
  const reader = new CrontabReader(options);
  const lines = Array.from(sourceLines(text), (source) => reader.read(source));
  return { crontab: { lines }, problems: reader.close() };
}

/** Nobody sees it. */
const BYTE_ORDER_MARK = '\ufeff';

/** Shared by all entries that have none. */
const NONE: readonly Directive[] = [];

/** What the lines read so far mean for those below. */
class CrontabReader {
  private readonly problems: Problem[] = [];
  private readonly readField = fieldReader();
  private readonly zones = new Map<string, string | undefined>();
  private environment = Environment.empty();
  private timezone: string | undefined;
  /** For the next entry. */
  private directives: Directive[] | undefined;

  constructor(private readonly options: CrontabOptions) {}

  read(source: SourceLine): Line {
    const { content, text } = source;
    const from = skipBlanks(content, 0);
    if (from === content.length) return { kind: 'blank', text };
    if (content[from] === '#') {
      this.noteDirectives(source, from);
      return { kind: 'comment', text };
    }
    const report: Report = (at, message) => {
      this.problems.push({ ...source.positionOf(at), message });
    };
    if (content.startsWith(BYTE_ORDER_MARK)) {
      report(0, 'begins with a byte order mark, which cron takes for text; save the file without');
      return { kind: 'broken', text };
    }
    const nul = content.indexOf('\0');
    if (nul >= 0) {
      report(nul, 'there is a NUL byte, which neither a command nor a variable can hold');
      return { kind: 'broken', text };
    }
    return this.readAssignment(source, report) ?? this.readEntry(source, from, report);
  }

  /** The problems, once no line follows. */
  close(): readonly Problem[] {
    const [idle] = this.directives ?? NONE;
    if (idle !== undefined) {
      const { line, column } = idle;
      this.problems.push({ line, column, message: 'no entry follows that this could be said of' });
    }
    return this.problems.sort((a, b) => a.line - b.line || a.column - b.column);
  }

  private noteDirectives(source: SourceLine, from: number): void {
    const positionOf = (index: number) => source.positionOf(from + index);
    const directives = directivesIn(source.content.slice(from), positionOf);
    if (directives === undefined) return;
    if (directives.length === 0) {
      const message = 'nothing is said; write e.g. # redlock-run: key=nightly timeout=1h';
      this.problems.push({ ...positionOf(0), message });
    }
    // Not push(...): there may be more than a call takes arguments.
    this.directives ??= [];
    for (const directive of directives) this.directives.push(directive);
  }

  private readAssignment(source: SourceLine, report: Report): Assignment | Broken | undefined {
    const { content, text } = source;
    const read = readAssignment(content);
    if (read === undefined) return undefined;
    if ('message' in read) {
      report(read.at, read.message);
      return { kind: 'broken', text };
    }
    const { name, value, valueAt } = read;
    const wrong = name === 'CRON_TZ' ? this.whyNoZone(value) : undefined;
    if (wrong !== undefined) {
      report(valueAt, wrong);
      return { kind: 'broken', text };
    }
    if (name === 'CRON_TZ') this.timezone = value === '' ? undefined : value;
    this.environment = this.environment.with(name, value);
    return { kind: 'assignment', text, name, value };
  }

  /** Zones are read from disk, each once. */
  private whyNoZone(timezone: string): string | undefined {
    if (timezone === '' || this.zones.has(timezone)) return this.zones.get(timezone);
    const why = whyNoZone(timezone);
    this.zones.set(timezone, why);
    return why;
  }

  private readEntry(source: SourceLine, from: number, report: Report): Entry | Broken {
    const { options, readField, directives = NONE, environment, timezone } = this;
    this.directives = undefined;
    const entry = readEntry(source, from, {
      ...options,
      readField,
      report,
      directives,
      environment,
      timezone,
    });
    if (entry === undefined) return { kind: 'broken', text: source.text };
    for (const problem of repeated(entry.directives)) this.problems.push(problem);
    return entry;
  }
}

function whyNoZone(timezone: string): string | undefined {
  try {
    openZone(timezone, 'CRON_TZ');
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
