/** A command line as cron takes it apart. */
export interface SplitCommand {
  readonly command: string;
  readonly stdin: string | undefined;
}

/** What a backslash takes its meaning from; all other backslashes are the shell's. */
const ESCAPED = /\\([%\\])/g;
const BARE_PERCENT = /\\[%\\]|%/g;

/**
 * Divides what follows the schedule as do_command.c of Debian's cron (3.0pl1-162) does: the shell gets
 * what stands before the first bare `%`, with `\%` made `%` and `\\` made `\`; the rest is written to it, with
 * `%` made a line end, `\%` made `%`, and a line end behind it.
 */
export function splitCommand(raw: string): SplitCommand {
  const percent = barePercent(raw);
  if (percent === undefined) return { command: takeBackslashes(raw), stdin: undefined };
  const command = takeBackslashes(raw.slice(0, percent));
  const input = raw
    .slice(percent + 1)
    .replace(/\\?%/g, (written) => (written === '%' ? '\n' : '%'));
  if (input === '') return { command, stdin: undefined };
  return { command, stdin: input.endsWith('\n') ? input : `${input}\n` };
}

/** Where in the command as written a place in the shell's command is. */
export function rawIndexOf(raw: string, index: number): number {
  let shortened = 0;
  for (const { index: at } of raw.matchAll(ESCAPED)) {
    if (at - shortened >= index) break;
    shortened += 1;
  }
  return index + shortened;
}

function takeBackslashes(raw: string): string {
  return raw.includes('\\') ? raw.replace(ESCAPED, '$1') : raw;
}

/** Where the command as written ends and what is written to it begins; undefined: all is command. */
export function barePercent(raw: string): number | undefined {
  if (!raw.includes('%')) return undefined;
  for (const { 0: written, index } of raw.matchAll(BARE_PERCENT)) {
    if (written === '%') return index;
  }
  return undefined;
}
