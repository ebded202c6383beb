import { quote } from '../../core/errors.js';
import type { Directive, Entry, Position } from './crontab.js';
import { directiveCommentAt, directivesIn } from './directives.js';
import { type FieldReader, type Report, readTimes } from './read-times.js';
import { skipBlanks } from './shell-words.js';
import type { SourceLine } from './source-lines.js';
import { rawIndexOf, splitCommand } from './split-command.js';

/** What has to be known to read an entry: of it, what the lines above say. */
export interface EntryContext extends Pick<Entry, 'directives' | 'environment' | 'timezone'> {
  /** Whether there is a column for the user. */
  readonly system: boolean;
  readonly readField: FieldReader;
  readonly report: Report;
}

/**
 * Reads an entry as load_entry of Debian's cron does (entry.c of cron 3.0pl1-162), which stops at the first
 * mistake; here all are reported. Refused besides are a user or command that is missing, for which cron
 * takes the next line or nothing.
 *
 * @param from where its first word begins
 * @returns undefined where something was reported
 */
export function readEntry(
  source: SourceLine,
  from: number,
  { system, readField, report, directives, environment, timezone }: EntryContext,
): Entry | undefined {
  const { content, text } = source;
  const times = readTimes(content, from, readField, report);
  if (times === undefined) return undefined;
  const userAt = skipBlanks(content, times.end);
  const user = system ? readUser(content, userAt) : '';
  const at = skipBlanks(content, userAt + user.length);
  const raw = content.slice(at);
  const { command, stdin } = splitCommand(raw);
  const wrong = system ? badUser(user, command) : badCommand(command);
  if (wrong !== undefined) report(command.trim() === '' ? content.length : userAt, wrong);
  if (times.schedule === undefined || wrong !== undefined) return undefined;

  const { line, column } = source.positionOf(from);
  const commandAt = source.textIndexOf(at);
  const behind = directivesBehind(raw, command, (index) => source.positionOf(at + index));
  return {
    kind: 'entry',
    text,
    line,
    column,
    expression: times.expression,
    schedule: times.schedule,
    user: system ? user : undefined,
    command,
    stdin,
    rawCommand: text.slice(commandAt, source.textIndexOf(content.length)),
    commandAt,
    directives: behind.length === 0 ? directives : [...directives, ...behind],
    environment,
    timezone,
  };
}

function readUser(content: string, from: number): string {
  return /^[^ \t]*/.exec(content.slice(from))?.[0] ?? '';
}

/** What useradd(8) and directories give. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*\$?$/;

function badUser(user: string, command: string): string | undefined {
  if (user === '') return 'user and command are missing behind the schedule';
  if (!USER.test(user)) {
    return `${quote(user)} is no user; in a crontab of the system one stands before the command`;
  }
  return command.trim() === ''
    ? `the command is missing behind the user ${quote(user)}; in a crontab of the system both are needed`
    : undefined;
}

function badCommand(command: string): string | undefined {
  if (command.trim() === '') return 'the command is missing behind the schedule';
  if (!command.startsWith('*')) return undefined;
  return 'the command begins with *; where there are seconds, a day of week and a command follow five fields';
}

/** In the comment at the end of a command, which the shell passes over. */
function directivesBehind(
  raw: string,
  command: string,
  positionOf: (index: number) => Position,
): readonly Directive[] {
  const comment = directiveCommentAt(command);
  if (comment === undefined) return [];
  const from = rawIndexOf(raw, comment);
  const written = raw.slice(from, rawIndexOf(raw, command.length));
  return directivesIn(written, (index) => positionOf(from + index)) ?? [];
}
