import type { CronFields } from '../fields.js';
import type { Environment } from './environment.js';

/**
 * A crontab, line by line. Nothing of the file is lost: the texts of the lines, one after the other,
 * are the file.
 */
export interface Crontab {
  readonly lines: readonly Line[];
}

/** A line, and those on which it continues. Its `text` is as it stands in the file, line ends included. */
export type Line = Blank | Comment | Assignment | Entry | Broken;

export interface Blank {
  readonly kind: 'blank';
  readonly text: string;
}

/** The directives in it are those of the entry below. */
export interface Comment {
  readonly kind: 'comment';
  readonly text: string;
}

/** `NAME = value`: an environment setting for the entries below. */
export interface Assignment {
  readonly kind: 'assignment';
  readonly text: string;
  readonly name: string;
  /** Without its quotes. */
  readonly value: string;
}

/** When to run what. */
export interface Entry extends Position {
  readonly kind: 'entry';
  readonly text: string;
  /** As written: `0 3 * * *`, `@daily`; six fields begin with the seconds. */
  readonly expression: string;
  readonly schedule: CronFields | 'reboot';
  /** Always in a crontab of the system, and only there. */
  readonly user: string | undefined;
  /** What the shell gets: without the `%` and what follows it, without the backslashes that cron takes. */
  readonly command: string;
  /** What follows the first `%`, each further one a line end; ends with one. */
  readonly stdin: string | undefined;
  /** Command and stdin as written, continued lines and all. */
  readonly rawCommand: string;
  /** Where `rawCommand` begins in `text`. */
  readonly commandAt: number;
  /** From the comments above it, then from the one at the end of its command; a name can come twice. */
  readonly directives: readonly Directive[];
  /** What the assignments above it set. */
  readonly environment: Environment;
  /** CRON_TZ in effect, an IANA name; undefined for the node's own zone. */
  readonly timezone: string | undefined;
}

/** A line that nothing can be made of; the problems say why. */
export interface Broken {
  readonly kind: 'broken';
  readonly text: string;
}

/**
 * One word of `# redlock-run: key=nightly timeout=1h takeover`: what is particular to one entry. Which
 * names there are is for the reader of the entry to say.
 */
export interface Directive extends Position {
  readonly name: string;
  /** Absent where there is no `=`. */
  readonly value?: string;
}

/** Where something begins, both from 1; the column counts UTF-16 units, a tab as one. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong, and what is allowed instead, in one line. */
export interface Problem extends Position {
  readonly message: string;
}

/** The file again, byte for byte. */
export function printCrontab({ lines }: Crontab): string {
  return lines.map(({ text }) => text).join('');
}
