/** How a cron takes the command of a crontab line apart before a shell sees it. */
export interface CronKind {
  readonly name: string;
  /** What the shell gets and what is written to it; undefined: nothing. */
  split(written: string): { readonly command: string; readonly stdin: string | undefined };
}

/**
 * The loops of do_command.c again, character by character: Debian's takes the backslash from `\%` and
 * `\\`, cronie's from `\%` alone, and Vixie's own 3.0 leaves both to the shell.
 */
function vixie(name: string, bare: (escaped: string) => boolean): CronKind {
  return {
    name,
    split(written) {
      let command = '';
      let isEscaped = false;
      for (let at = 0; at < written.length; at++) {
        const char = written.charAt(at);
        if (char === '%' && !isEscaped) return { command, stdin: input(written.slice(at + 1)) };
        if (isEscaped && bare(char)) command = command.slice(0, -1);
        command += char;
        isEscaped = !isEscaped && char === '\\';
      }
      return { command, stdin: undefined };
    },
  };
}

function input(written: string): string {
  let text = '';
  let isEscaped = false;
  for (const char of written) {
    if (isEscaped && char !== '%') text += '\\';
    const shown: string = !isEscaped && char === '%' ? '\n' : char;
    isEscaped = shown === '\\';
    if (!isEscaped) text += shown;
  }
  if (isEscaped) text += '\\';
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

export const DEBIAN = vixie('Debian', (char) => char === '%' || char === '\\');

export const CRONS: readonly CronKind[] = [
  DEBIAN,
  vixie('cronie', (char) => char === '%'),
  vixie('Vixie', () => false),
  { name: 'busybox', split: (command) => ({ command, stdin: undefined }) },
];
