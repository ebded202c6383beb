import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { interpretersOf } from '../../src/process/interpreter.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'redlock-run-interpreter-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function script(firstLine: string): string {
  const file = join(folder, 'script');
  writeFileSync(file, firstLine);
  chmodSync(file, 0o755);
  return file;
}

test.each([
  ['#!/bin/sh\n', ['/bin/sh']],
  ['#!/bin/sh', ['/bin/sh']],
  ['#! \t/bin/sh -e -u \t\nexit', ['/bin/sh']],
  ['#!sh\n', ['./sh']],
  ['#!/bin/sh\r\n', ['/bin/sh\r']],
  ['#!/usr/bin/env python3\n', ['/usr/bin/env', 'python3']],
  ['#!/usr/bin/env python3 -u\n', ['/usr/bin/env', 'python3 -u']],
  ['#!/usr/bin/env -S python3 -u\n', ['/usr/bin/env', 'python3']],
  ['#!/usr/bin/env -vSpython3 -u\n', ['/usr/bin/env', 'python3']],
  ['#!/usr/bin/env --split-string=A=1 B=2 perl\n', ['/usr/bin/env', 'perl']],
  ['#!/usr/bin/env -S "my perl"\n', ['/usr/bin/env']],
  ['#!/usr/bin/env -S $PERL\n', ['/usr/bin/env']],
  ['#!/usr/bin/env -S PATH=/opt perl\n', ['/usr/bin/env']],
  ['#!/usr/bin/env -S -i perl\n', ['/usr/bin/env']],
  ['#!/usr/bin/env -S\n', ['/usr/bin/env']],
  ['#!/usr/bin/env -i\n', ['/usr/bin/env']],
  ['#!/usr/bin/env A=1\n', ['/usr/bin/env']],
  ['#!/usr/bin/env\n', ['/usr/bin/env']],
  ['#!/opt/printenv x\n', ['/opt/printenv']],
  ['#!\n/bin/sh\n', []],
  ['#!   \n', []],
  ['#/bin/sh\n', []],
  ['echo\n', []],
  ['\x7fELF', []],
  ['', []],
])('%j asks for %j', (text, wanted) => {
  expect(interpretersOf(script(text))).toEqual(wanted);
});

test('an argument that goes on beyond what the kernel reads changes nothing', () => {
  expect(interpretersOf(script(`#!/bin/sh ${'x'.repeat(300)}\n`))).toEqual(['/bin/sh']);
});

test.each([
  [253, 0],
  [300, 1],
])('a path of %i characters is followed just as far as the kernel does', (length, fallenBack) => {
  // `true` makes a script of any text succeed; /bin/sh, which gets what the kernel refuses, does not.
  const path = `${folder}/${'/'.repeat(length - folder.length - 5)}true`;
  copyFileSync('/bin/true', join(folder, 'true'));
  const file = script(`#!${path}\nexit 1\n`);
  expect(spawnSync('/usr/bin/env', [file]).status).toBe(fallenBack);
  expect(interpretersOf(file)).toEqual(fallenBack ? [] : [path]);
});

test('a file that cannot be read asks for nothing', () => {
  expect(interpretersOf(join(folder, 'missing'))).toEqual([]);
  expect(interpretersOf(folder)).toEqual([]);
});
