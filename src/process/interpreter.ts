import { closeSync, openSync, readSync } from 'node:fs';

/** As much of a file as the kernel looks at to find out how to run it (BINPRM_BUF_SIZE). */
const HEADER_SIZE = 256;

/**
 * Reads the `#!` line of a script (execve(2), "Interpreter scripts").
 *
 * @returns the commands that must exist for it to start: the interpreter, and what env(1) will look
 * up. Empty for anything but a script, and for a file that may be executed but not read.
 */
export function interpretersOf(file: string): string[] {
  const header = headerOf(file);
  if (header.toString('latin1', 0, 2) !== '#!') return [];
  const end = header.indexOf('\n');
  const line = header.toString('utf8', 2, end === -1 ? header.length : end);
  // The rest of the line is one argument, spaces included.
  const [, interpreter, argument = ''] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  if (interpreter === undefined || interpreter === '') return [];
  // A path longer than the kernel reads is refused with ENOEXEC: then execvp(3) calls /bin/sh.
  if (end === -1 && header.length === HEADER_SIZE && argument === '') return [];
  // The kernel takes an interpreter as a path, never from PATH.
  const path = interpreter.includes('/') ? interpreter : `./${interpreter}`;
  const wanted = path.endsWith('/env') ? lookedUpByEnv(argument) : undefined;
  return wanted === undefined ? [path] : [path, wanted];
}

/**
 * The command that `env ARGUMENT script` looks up in PATH (env(1)). undefined where that takes more
 * than reading: quotes, variables, options that change PATH or the directory.
 */
function lookedUpByEnv(argument: string): string | undefined {
  if (!argument.startsWith('-')) return isCommand(argument) ? argument : undefined;
  const split = /^(?:-v?S|--split-string[= ])\s*(.*)$/s.exec(argument)?.[1];
  if (split === undefined || /["'\\$#]/.test(split)) return undefined;
  for (const word of split.split(/\s+/)) {
    if (word.startsWith('-') || word.startsWith('PATH=')) return undefined;
    if (!word.includes('=')) return isCommand(word) ? word : undefined;
  }
  return undefined;
}

function isCommand(word: string): boolean {
  return word !== '' && !word.includes('=');
}

function headerOf(file: string): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const buffer = Buffer.alloc(HEADER_SIZE);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, HEADER_SIZE, 0));
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
