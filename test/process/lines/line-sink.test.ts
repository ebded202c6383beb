import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LineFormat, lineSink } from '../../../src/process/lines/line-sink.js';
import { LineMemory } from '../../../src/process/lines/unfinished-line.js';
import { Outlet } from '../../../src/process/outlet.js';
import { failOnLeaks } from '../../support/leaks.js';

failOnLeaks();

const MIB = 1024 * 1024;
const PLENTY = 64 * MIB;

let folder: string;
let file: string;
let descriptor: number;
let outlet: Outlet;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lines-'));
  file = join(folder, 'log');
  descriptor = openSync(file, 'w');
  outlet = new Outlet(descriptor);
});
afterEach(() => {
  closeSync(descriptor);
  rmSync(folder, { recursive: true });
});

/** Says of each line what it was: `=` for a whole one, `+` for a part. */
const FORMAT: LineFormat = {
  lines: (block) => Buffer.from(block.toString('latin1').replace(/[^\n]*\n/g, '=$&'), 'latin1'),
  piece: (bytes) => Buffer.concat([Buffer.from('+'), bytes, Buffer.from('\n')]),
};

/** As a pipe gives them. */
function chunksOf(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / 65_536);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * 65_536, (i + 1) * 65_536));
}

async function passOn(chunks: readonly Buffer[], memory = new LineMemory(PLENTY)): Promise<Buffer> {
  const sink = lineSink(outlet, FORMAT, memory);
  for (const chunk of chunks) await sink.take(chunk);
  await sink.finish();
  await outlet.flushed();
  return readFileSync(file);
}

const marks = (log: Buffer) =>
  log
    .toString('latin1')
    .split('\n')
    .slice(0, -1)
    .map((line) => line[0]);

test('lines come out whole, however they come in', async () => {
  const chunk = fc.oneof(
    fc.constant(Buffer.from('\n')),
    fc.string({ maxLength: 9 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.constant(Buffer.from('0123456789\n'.repeat(2_000))),
  );
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 5 }), async (chunks) => {
      const given = Buffer.concat(chunks).toString('latin1');
      const ended = given === '' || given.endsWith('\n') ? given : `${given}\n`;
      const log = (await passOn(chunks)).subarray(read);
      read += log.length;
      expect(log.toString('latin1')).toBe(ended.replace(/[^\n]*\n/g, '=$&'));
    }),
  );
});

test('a line of 64 KiB and beyond is unbroken, up to 1 MiB with its end', async () => {
  const line = Buffer.concat([Buffer.alloc(MIB - 1, 'x'), Buffer.from('\n')]);
  const log = await passOn([...chunksOf(line), Buffer.from('y\n')]);
  expect(log).toEqual(Buffer.concat([Buffer.from('='), line, Buffer.from('=y\n')]));
});

test('a line that is longer is passed on in pieces, between characters', async () => {
  const text = `x${'ä'.repeat(1_200_000)}\n`;
  const log = await passOn(chunksOf(Buffer.from(`${text}short\n`)));
  expect(marks(log)).toEqual(['+', '+', '=', '=']);
  const lines = log.toString('utf8').split('\n');
  expect(
    lines
      .slice(0, 3)
      .map((line) => line.slice(1))
      .join(''),
  ).toBe(text.trimEnd());
  expect(lines[3]).toBe('=short');
});

test('what is unfinished when a job ends becomes a line, and what comes later another', async () => {
  const sink = lineSink(outlet, FORMAT, new LineMemory(PLENTY));
  await sink.take(Buffer.from('the job'));
  await sink.finish();
  await sink.take(Buffer.from('its child\n'));
  await sink.finish();
  await outlet.flushed();
  expect(readFileSync(file, 'utf8')).toBe('=the job\n=its child\n');
});

test('the memory for long lines is shared: who gets none is passed on in pieces of 64 KiB', async () => {
  const memory = new LineMemory(MIB - 65_536);
  const first = lineSink(outlet, FORMAT, memory);
  for (const chunk of chunksOf(Buffer.alloc(600_000, 'a'))) await first.take(chunk);
  const second = lineSink(outlet, FORMAT, memory);
  const line = chunksOf(Buffer.concat([Buffer.alloc(150_000, 'b'), Buffer.from('\n')]));
  for (const chunk of line) await second.take(chunk);
  await outlet.flushed();
  expect(marks(readFileSync(file))).toEqual(['+', '+', '=']);

  // Given back at the end of the line.
  await first.take(Buffer.from('\n'));
  for (const chunk of line) await second.take(chunk);
  await outlet.flushed();
  expect(marks(readFileSync(file))).toEqual(['+', '+', '=', '=', '=']);
});
