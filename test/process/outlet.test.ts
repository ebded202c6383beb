import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, read, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StopSwitch } from '../../src/core/stop.js';
import { Outlet } from '../../src/process/outlet.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

const ROOM = 256 * 1024;
const { O_RDWR, O_RDONLY, O_NONBLOCK } = constants;

let folder: string;
let writing: number;
let reading: number;

/** A pipe that nobody reads yet. */
function openPipe(flags = 0): Outlet {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  // Open for both, so that neither waits for the other.
  writing = openSync(path, O_RDWR | flags);
  reading = openSync(path, O_RDONLY | O_NONBLOCK);
  return new Outlet(writing);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outlet-'));
});
afterEach(() => {
  closeSync(writing);
  closeSync(reading);
  rmSync(folder, { recursive: true });
});

/** Reads until all is written, and what is in the pipe then. */
async function readAll(outlet: Outlet): Promise<string> {
  let isFlushed = false;
  void outlet.flushed().then(() => {
    isFlushed = true;
  });
  let text = '';
  for (;;) {
    const wasFlushed = isFlushed;
    const more = await readSome();
    text += more;
    if (wasFlushed && more === '') return text;
  }
}

const memory = Buffer.alloc(ROOM);

async function readSome(): Promise<string> {
  try {
    const { bytesRead } = await promisify(read)(reading, memory, 0, memory.length, null);
    return memory.toString('latin1', 0, bytesRead);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return '';
    throw error;
  }
}

test('words that nobody reads are dropped when there are too many, each of them whole', async () => {
  const outlet = openPipe();
  const words = Array.from({ length: 1_000 }, (_, i) => `${i} `.padEnd(1_023, 'x').concat('\n'));
  for (const word of words) outlet.say(word);
  const fit = 64;
  expect(await readAll(outlet)).toBe(words.slice(0, fit).join(''));
});

test('who has much to write waits for room, in turn, and is not asked for it before', async () => {
  const outlet = openPipe();
  const log: string[] = [];
  const put = (name: string, stop?: StopSwitch) =>
    outlet.put(() => {
      log.push(name);
      return Buffer.alloc(ROOM, name);
    }, stop);
  const stop = new StopSwitch();
  const puts = [put('a'), put('b'), put('c', stop), put('d')];
  expect(log).toEqual(['a']);
  expect(await puts[0]).toBe(true);
  stop.request();
  expect(await puts[2]).toBe(false);
  expect(await put('e', stop)).toBe(false);
  const text = await readAll(outlet);
  expect(await Promise.all(puts)).toEqual([true, true, false, true]);
  expect(text).toBe(['a', 'b', 'd'].map((name) => name.repeat(ROOM)).join(''));
});

test('a full pipe that refuses to wait is tried again', async () => {
  const outlet = openPipe(O_NONBLOCK);
  const before = writeSync(writing, Buffer.alloc(ROOM, 'x'));
  await outlet.put(() => Buffer.alloc(ROOM, 'y'));
  expect(await readAll(outlet)).toBe(`${'x'.repeat(before)}${'y'.repeat(ROOM)}`);
  expect(outlet.failure).toBeUndefined();
});
