import { skipBlanks } from './shell-words.js';

/** `NAME = value`, read. */
export interface ReadAssignment {
  readonly name: string;
  readonly value: string;
  /** Where the value begins, with its quote. */
  readonly valueAt: number;
}

/** What looks like an assignment and is none. */
export interface BadAssignment {
  readonly at: number;
  readonly message: string;
}

/**
 * Reads an environment setting as load_env of Debian's cron does (env.c of cron 3.0pl1-162), but takes an
 * empty value without its quotes: `MAILTO=` is refused there.
 *
 * @param content a line that is neither blank nor a comment
 * @returns undefined for what is none, and so has to be an entry
 */
export function readAssignment(content: string): ReadAssignment | BadAssignment | undefined {
  const nameAt = skipBlanks(content, 0);
  const name = readName(content, nameAt);
  if (name === undefined) return undefined;
  const equals = skipSpace(content, name.end);
  if (content[equals] !== '=') return shellsOwn(content, nameAt);
  if (name.text === '') return { at: nameAt, message: 'a name is missing before =' };
  const valueAt = skipSpace(content, equals + 1);
  const value = readValue(content, valueAt);
  return 'message' in value ? value : { name: name.text, value: value.text, valueAt };
}

/** A name ends with a blank or `=`; in quotes it may hold blanks. */
function readName(content: string, from: number) {
  if (isQuote(content[from])) {
    const close = content.indexOf(content.charAt(from), from + 1);
    const text = content.slice(from + 1, close);
    return close < 0 || text.includes('=') ? undefined : { text, end: close + 1 };
  }
  let end = from;
  while (end < content.length && content[end] !== '=' && !isSpace(content[end])) end += 1;
  return { text: content.slice(from, end), end };
}

function readValue(content: string, from: number): { readonly text: string } | BadAssignment {
  if (!isQuote(content[from])) return { text: unquote(cutSpace(content.slice(from))) };
  const close = content.indexOf(content.charAt(from), from + 1);
  if (close < 0) return { at: from, message: `the quote ${content[from]} is not closed` };
  const rest = skipSpace(content, close + 1);
  if (rest < content.length) {
    return {
      at: rest,
      message: 'text after the closing quote; put quotes round all of it, or none',
    };
  }
  // cron cuts blanks off inside the quotes as well, whatever crontab(5) says.
  return { text: unquote(cutSpace(content.slice(from + 1, close))) };
}

/** cron takes a second pair of quotes off. */
function unquote(value: string): string {
  const isQuoted = value.length >= 2 && isQuote(value[0]) && value.at(-1) === value[0];
  return isQuoted ? value.slice(1, -1) : value;
}

function shellsOwn(content: string, from: number): BadAssignment | undefined {
  if (!/^export[ \t]/.test(content.slice(from, from + 7))) return undefined;
  return { at: from, message: "export is the shell's; write NAME=value alone" };
}

function isQuote(char: string | undefined): boolean {
  return char === '"' || char === "'";
}

/** isspace(3) of the C locale. */
function isSpace(char: string | undefined): boolean {
  return char !== undefined && ' \t\n\v\f\r'.includes(char);
}

function cutSpace(value: string): string {
  let end = value.length;
  while (isSpace(value[end - 1])) end -= 1;
  return value.slice(0, end);
}

function skipSpace(content: string, from: number): number {
  let at = from;
  while (isSpace(content[at])) at += 1;
  return at;
}
