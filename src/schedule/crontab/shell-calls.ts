import { readShell } from './shell-words.js';

/** A program that a shell line calls. */
export interface Call {
  /** Without its folder. */
  readonly name: string;
  readonly args: readonly string[];
}

/** Words of the shell after which a command stands. */
const KEYWORDS = new Set('if then elif else do while until ! {'.split(' '));

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
      cronic: { valued: '', operands: 0 },
      time: { valued: 'fo', operands: 0 },
      taskset: { valued: '', operands: 1 },
      'systemd-cat': { valued: 'tp', operands: 0 },
      gosu: { valued: '', operands: 1 },
      'su-exec': { valued: '', operands: 1 },
    }),
  );

const SHELLS = new Set('sh ash bash dash ksh zsh'.split(' '));
/** Options of runuser(1) that take a value; with -u it runs a command, else a line as su(1) does. */
const VALUED_OF_RUNUSER = 'ugGsw';
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
  const line = lineFor(name, args);
  if (line !== undefined) return callsOf(line);
  if (name === 'runuser')
    return callsOfCommand(args.slice(skipOptions(args, 0, VALUED_OF_RUNUSER)));
  return [{ name, args }];
}

/** The line that a program hands to a shell. */
function lineFor(name: string, args: readonly string[]): string | undefined {
  if (SHELLS.has(name)) return lineForShell(args);
  return name === 'su' || name === 'runuser' ? lineForUser(args) : undefined;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function skipOptions(words: readonly string[], from: number, valued: string): number {
  let at = from;
  for (let word = words[at]; word?.startsWith('-'); word = words[at]) {
    at += takesNext(word, valued) ? 2 : 1;
    if (word === '--') break;
  }
  return at;
}

/** Of `-u app` and `-iu app` the value is the next word, of `-uapp` a part of this one. */
function takesNext(word: string, valued: string): boolean {
  if (word.startsWith('--')) return false;
  const first = [...word.slice(1)].findIndex((letter) => valued.includes(letter));
  return first >= 0 && first === word.length - 2;
}

/** What follows `-c` in `su - app -c '…'`, wherever it stands. */
function lineForUser(args: readonly string[]): string | undefined {
  const option = args.findIndex((arg) => /^(?:-[a-z]*c|--command)$/.test(arg));
  return option < 0 ? undefined : args[option + 1];
}

/** What follows `-c`, `-lc` and the like. */
function lineForShell(args: readonly string[]): string | undefined {
  const firstOperand = args.findIndex((arg) => !arg.startsWith('-'));
  const option = args[firstOperand - 1];
  return option !== undefined && /^-[a-z]*c$/.test(option) ? args[firstOperand] : undefined;
}
