/** What a crontab says, crontab(5). */
export interface Crontab {
  readonly env: Readonly<Record<string, string>>;
  readonly entries: readonly CrontabEntry[];
}

export interface CrontabEntry {
  readonly line: string;
  /** Five fields, or `@daily` and the like. */
  readonly when: string;
  /** In /etc/cron.d only. */
  readonly user: string | undefined;
  /** What cron hands to the shell. */
  readonly command: string;
}

export function readCrontab(text: string, withUser: boolean): Crontab {
  if (!text.endsWith('\n')) throw new Error('cron ignores a last line without its end');
  const env: Record<string, string> = {};
  const entries: CrontabEntry[] = [];
  for (const line of text.split('\n')) {
    const setting = /^(\w+)\s*=\s*(.*)$/.exec(line);
    if (setting !== null) env[setting[1] ?? ''] = setting[2] ?? '';
    else if (line.trim() !== '' && !line.startsWith('#')) entries.push(readEntry(line, withUser));
  }
  return { env, entries };
}

function readEntry(line: string, withUser: boolean): CrontabEntry {
  const match = /^(@\w+|(?:[\d*/,-]+\s+){4}[\d*/,-]+)\s+(.*)$/.exec(line);
  const [, when, rest] = match ?? [];
  if (when === undefined || rest === undefined) throw new Error(`not a crontab line: ${line}`);
  if (/(?<!\\)%/.test(rest)) throw new Error(`cron makes a newline of the % in: ${line}`);
  const command = rest.replaceAll('\\%', '%');
  if (!withUser) return { line, when, user: undefined, command };
  const [, user, own] = /^([a-z][\w-]*)\s+(.*)$/.exec(command) ?? [];
  if (user === undefined || own === undefined) throw new Error(`no user in: ${line}`);
  return { line, when, user, command: own };
}
