import { readShell } from './shell-words.js';

/** A program that a shell line calls. */
export interface Call {
  /** Without its folder. */
  readonly name: string;
  readonly args: readonly string[];
}

/** Words of the shell after which a command stands. */
const KEYWORDS = new Set('if then elif else do while until ! { time'.split(' '));

/** What runs the command behind it: options that take a value, and how many words come before it. */
const RUNNERS: ReadonlyMap<string, { readonly valued: string; readonly operands: number }> =
  new Map(
    Object.entries({
      sudo: { valued: 'ugpCThUDR', operands: 0 },
      doas: { valued: 'uC', operands: 0 },
      env: { valued: 'uC', operands: 0 },
      nice: { valued: 'n', operands: 0 },
      ionice: { valued: 'cn', operands: 0 },
      chrt: { valued: 'TPD', operands: 1 },
      timeout: { valued: 'ks', operands: 1 },
      flock: { valued: 'wE', operands: 1 },
      npx: { valued: 'pc', operands: 0 },
      stdbuf: { valued: 'ioe', operands: 0 },
      exec: { valued: 'a', operands: 0 },
      command: { valued: '', operands: 0 },
      nohup: { valued: '', operands: 0 },
      setsid: { valued: '', operands: 0 },
      chronic: { valued: '', operands: 0 },
    }),
  );

const SHELLS = new Set('sh ash bash dash ksh zsh'.split(' '));
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

/**
 * The programs that a shell line calls, in the order in which they stand there. What is only in front of
 * another, as in `A=1 sudo -u www-data nice backup`, is passed over; of `sh -c '…'` the line inside counts.
 */
export function callsOf(script: string): readonly Call[] {
  return readShell(script).commands.flatMap(callsOfCommand);
}

function callsOfCommand(words: readonly string[]): readonly Call[] {
  let at = 0;
  for (; at < words.length; ) {
    const word = words[at] ?? '';
    const runner = RUNNERS.get(baseName(word));
    if (runner !== undefined) at = skipOptions(words, at + 1, runner.valued) + runner.operands;
    else if (ASSIGNMENT.test(word) || KEYWORDS.has(word)) at += 1;
    else break;
  }
  const [program, ...args] = words.slice(at);
  if (program === undefined) return [];
  // flock -n FILE -c '…'
  if (program === '-c') return callsOf(args[0] ?? '');
  const name = baseName(program);
  const line = SHELLS.has(name) ? lineForShell(args) : undefined;
  return line === undefined ? [{ name, args }] : callsOf(line);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function skipOptions(words: readonly string[], from: number, valued: string): number {
  let at = from;
  for (let word = words[at]; word?.startsWith('-'); word = words[at]) {
    const takesNext = word.length === 2 && valued.includes(word.charAt(1));
    at += takesNext ? 2 : 1;
    if (word === '--') break;
  }
  return at;
}

/** What follows `-c`, `-lc` and the like. */
function lineForShell(args: readonly string[]): string | undefined {
  const firstOperand = args.findIndex((arg) => !arg.startsWith('-'));
  const option = args[firstOperand - 1];
  return option !== undefined && /^-[a-z]*c$/.test(option) ? args[firstOperand] : undefined;
}
