import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Bytes after which a file becomes `.1`, in place of the one before it. */
const LONGEST_FILE = 1_048_576;
/** Also where it is gone already. */
const REMOVED = { recursive: true, force: true } as const;
/** ms after which whoever was moving the file must have died. */
const STALE = 10_000;

/**
 * Without O_NONBLOCK a pipe that nobody reads would hold us for ever; O_APPEND is what lets many
 * processes write at once (open(2)).
 */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/**
 * Appends a line by a single write, so that lines of many processes do not mix. The folder is made where
 * it is missing. The file and the one before it take about 1 MiB each.
 *
 * @throws Error of the file system
 */
export function appendLine(file: string, line: string): void {
  makeFolder(dirname(file));
  if (isFull(file)) makeRoom(file);
  const descriptor = openSync(file, FLAGS, 0o644);
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error('not a regular file');
    const bytes = Buffer.from(`${line}\n`);
    if (writeSync(descriptor, bytes) < bytes.length) throw new Error('the disk is full');
  } finally {
    closeSync(descriptor);
  }
}

/** Not left to `recursive` of mkdir: in a place like /proc it goes round for ever. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, 0o755);
  } catch (error) {
    if (!isThere(error)) throw error;
  }
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function isFull(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size >= LONGEST_FILE;
}

/** One at a time, or a file that is new would take the place of the full one. Others go on writing. */
function makeRoom(file: string): void {
  const lock = `${file}.moving`;
  if (!take(lock)) return;
  try {
    if (isFull(file)) renameSync(file, `${file}.1`);
  } finally {
    rmSync(lock, REMOVED);
  }
}

/** @returns false when another process has it */
function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (!isThere(error)) throw error;
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > STALE) rmSync(lock, REMOVED);
    return false;
  }
}
