import { createHash } from 'node:crypto';
import { expandNickname } from '../fields.js';
import type { Entry } from './crontab.js';
import { directiveCommentAt } from './directives.js';
import { baseName, type Call, callsOf } from './shell-calls.js';

const LONGEST_NAME = 40;
const DIGITS = 12;

/** What prepares a job, or waits for its time, and says nothing of it. */
const PREPARING = new Set(
  'cd test [ [[ true : sleep set export umask ulimit . source mkdir exit echo date'.split(' '),
);

/** Of these the program they are given says more. */
const INTERPRETERS = new Set(
  'sh ash bash dash ksh zsh php python python3 perl ruby node java'.split(' '),
);
/** Followed by the program itself: `perl -e 'sleep …'`. */
const INLINE = /^-[a-z]*[cer]$/;

/**
 * The key of an entry that was not given one, e.g. `backup.sh-1f2e3d4c5b6a`: for people what it runs, and a
 * digest of what makes it another job than the next: schedule and zone, user, command and input. It stays the
 * same when the entry moves, or blanks and directives change.
 */
export function jobKeyOf(entry: Pick<Entry, Told>): string {
  const command = entry.command.slice(0, directiveCommentAt(entry.command)).trim();
  const told = [scheduleOf(entry), command, entry.stdin, entry.user, entry.timezone];
  const digest = createHash('sha256').update(JSON.stringify(told)).digest('hex');
  return `${nameOf(command)}-${digest.slice(0, DIGITS)}`;
}

type Told = 'expression' | 'schedule' | 'command' | 'stdin' | 'user' | 'timezone';

function scheduleOf({ expression, schedule }: Pick<Entry, Told>): string {
  const written = schedule === 'reboot' ? expression : expandNickname(expression);
  return written.split(/[ \t]+/).join(' ');
}

function nameOf(command: string): string {
  const names = callsOf(command).map(spokenName);
  const name = names.find((found) => found !== undefined) ?? '';
  const clean = name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, LONGEST_NAME);
  return clean.replace(/^[-.]+|[-.]+$/g, '') || 'job';
}

function spokenName({ name, args }: Call): string | undefined {
  if (PREPARING.has(name)) return undefined;
  if (!INTERPRETERS.has(name)) return name;
  // php -d memory_limit=1G cron.php
  const at = args.findIndex((arg) => !arg.startsWith('-') && !arg.includes('='));
  if (at < 0) return name;
  const isInline = args.slice(0, at).some((arg) => INLINE.test(arg));
  return isInline ? undefined : baseName(args[at] ?? name);
}
