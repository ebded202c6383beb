import { Failure, quote } from '../../core/errors.js';
import type { Entry, Problem } from '../../schedule/crontab/crontab.js';
import { isWrapped } from '../../schedule/crontab/is-wrapped.js';
import { jobKeyOf } from '../../schedule/crontab/job-key-of.js';
import { baseName } from '../../schedule/crontab/shell-calls.js';
import { entryWishes } from '../crontab/entry-wishes.js';
import type { Io } from '../io.js';
import type { OptionName } from '../run/options.js';
import type { Flags } from '../run/plain-flags.js';
import { checkCall } from './check-call.js';
import { CRON_SHELL, wrappedLine } from './wrapped-line.js';
import { lineZone, wrongOwnZone, type ZoneHere } from './zone.js';

/** What becomes of an entry. */
export type Wrapping =
  | {
      readonly kind: 'wrapped';
      readonly text: string;
      readonly key: string;
      readonly warning?: string | undefined;
    }
  | {
      readonly kind: 'left-alone';
      readonly because: string;
      readonly warning?: string | undefined;
    }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** What is the same for all lines of a crontab. */
export interface ForAll {
  readonly program: string;
  /** Options of `run`. */
  readonly flags: Flags;
  readonly here: ZoneHere;
  /** ms since the epoch. */
  readonly now: number;
}

/** With one byte more Debian's crontab(1) refuses the whole file: MAX_COMMAND, entry.c. */
const LONGEST_COMMAND = 998;

const ZONE_UNKNOWN =
  "TZ above it is for the job alone, and this machine's own zone, in which cron fires, has no IANA name; " +
  'give --timezone ZONE';

/** Wraps an entry, if it is a job of the fleet and cron can read it afterwards. */
export async function wrapEntry(
  entry: Entry,
  { program, flags, here, now }: ForAll,
): Promise<Wrapping> {
  const wishes = entryWishes(entry.directives);
  if ('problems' in wishes) return { kind: 'refused', problems: wishes.problems };
  if (isWrapped(entry.command)) {
    const because = 'calls redlock-run already';
    return { kind: 'left-alone', because, warning: wrongOwnZone(entry, here) };
  }
  const because = whyNot(entry, wishes.isEveryNodes);
  if (because !== undefined) return { kind: 'left-alone', because };
  try {
    const wanted = flagsOf(entry, flags, wishes.flags);
    const settings = await checkCall(wanted, variablesOf(entry), now);
    const zone = lineZone(entry, settings.timezone, here);
    if (zone === undefined) return { kind: 'left-alone', because: ZONE_UNKNOWN };
    const { key } = settings;
    const { timezone, warning } = zone;
    const text = wrappedLine(entry, {
      program,
      flags: new Map<OptionName, readonly string[]>([
        ...wanted,
        ['key', [key]],
        ...(timezone === undefined ? [] : [['timezone', [timezone]] as const]),
      ]),
      shell: shellOf(entry),
    });
    const tooLong = whyTooLong(text.slice(entry.commandAt));
    if (tooLong !== undefined) return { kind: 'left-alone', because: tooLong };
    return { kind: 'wrapped', text, key, warning };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { line, column } = entry.directives[0] ?? entry;
    return { kind: 'refused', problems: [{ line, column, message: error.message }] };
  }
}

function whyTooLong(written: string): string | undefined {
  const length = Buffer.byteLength(written.replace(/\n$/, ''));
  if (length <= LONGEST_COMMAND) return undefined;
  const limit = `cron takes ${LONGEST_COMMAND}; put the command into a script`;
  return `wrapped it would be ${length} bytes, and ${limit}`;
}

/** Shells in which quotes mean what they mean in sh. */
const LIKE_SH = new Set(['sh', 'ash', 'bash', 'dash', 'ksh', 'mksh', 'zsh']);

function whyNot(entry: Entry, isEveryNodes: boolean): string | undefined {
  const { schedule, text, expression } = entry;
  if (isEveryNodes) return 'every-node: runs on every node';
  if (schedule === 'reboot') return '@reboot: runs on every node';
  if (expression.split(/[ \t]+/).length > 5) return 'has seconds, which cron does not know';
  if (/\n(?!$)/.test(text)) return 'continues on the next line, which cron does not know';
  const shell = shellOf(entry);
  if (!LIKE_SH.has(baseName(shell))) return `SHELL=${quote(shell)} does not read quotes as sh does`;
  return undefined;
}

/** Looked up by name only: to copy them all for each entry takes the square of the file's length. */
function variablesOf({ environment }: Entry): Io['env'] {
  return new Proxy<Record<string, string | undefined>>(
    {},
    { get: (_, name) => (typeof name === 'string' ? environment.get(name) : undefined) },
  );
}

function shellOf({ environment }: Entry): string {
  return environment.get('SHELL') ?? CRON_SHELL;
}

/** What is more particular wins: the entry's comments, CRON_TZ above it, then what all lines get. */
function flagsOf(entry: Entry, all: Flags, own: Flags): Flags {
  const { expression, timezone } = entry;
  return new Map<OptionName, readonly string[]>([
    ['key', [jobKeyOf(entry)]],
    ['schedule', [expression.split(/[ \t]+/).join(' ')]],
    ...all,
    ...(timezone === undefined ? [] : [['timezone', [timezone]] as const]),
    ...own,
  ]);
}
