import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { ourProcesses } from './processes.js';

/** ms that a process may take to be gone after it was told to. */
const GRACE = 2_000;

/** Node's own cache of compiled code lives as long as the machine. */
const LASTING = ['node-compile-cache'];

/** What lives at some moment. */
interface Inventory {
  readonly processes: ReadonlyMap<number, string>;
  /** In the temporary directory. */
  readonly files: ReadonlySet<string>;
  /** Ports that this process listens on. */
  readonly ports: number;
}

let folder = '';
let known = new Set<number>();

/**
 * Fails the test that leaves a process, a temporary file or a port behind, and cleans up after it.
 * Call it once, at the top of a test file: hooks that come later end what they started before this
 * one looks. What a `beforeAll` started may live until the file's end.
 *
 * The file gets a temporary directory of its own, for itself and for its children (TMPDIR).
 */
export function failOnLeaks(): void {
  let before: Inventory | undefined;
  const outer = process.env.TMPDIR;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'redlock-run-test-'));
    process.env.TMPDIR = folder;
    before = inventory();
  });
  beforeEach(() => {
    known = new Set(ourProcesses().map(({ pid }) => pid));
    before = inventory();
  });
  afterEach(() => expectNothingLeft(before));
  afterAll(async () => {
    try {
      known = new Set();
      await expectNothingLeft({ processes: new Map(), files: new Set(), ports: 0 });
    } finally {
      if (outer === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = outer;
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Says that a process takes the place of another one: a server that a test started anew. */
export function takesThePlaceOf(pid: number, previous: number): void {
  if (known.has(previous)) known.add(pid);
}

async function expectNothingLeft(before: Inventory | undefined): Promise<void> {
  const deadline = performance.now() + GRACE;
  let left = leftovers(before);
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    left = leftovers(before);
  }
  cleanUp(before);
  expect(left, 'left behind by this test').toEqual([]);
}

function leftovers(before: Inventory | undefined): string[] {
  const now = inventory();
  const ports = now.ports - (before?.ports ?? 0);
  return [
    ...[...now.processes].filter(([pid]) => !known.has(pid)).map(([, command]) => command),
    ...[...now.files].filter((name) => !before?.files.has(name)),
    ...(ports > 0 ? [`${ports} open ports`] : []),
  ];
}

function cleanUp(before: Inventory | undefined): void {
  const now = inventory();
  for (const pid of now.processes.keys()) if (!known.has(pid)) kill(pid);
  for (const name of now.files) {
    if (!before?.files.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function inventory(): Inventory {
  return {
    processes: new Map(
      ourProcesses().map(({ pid, command }) => [pid, `process ${pid} ${command}`]),
    ),
    files: new Set(
      folder === '' ? [] : readdirSync(folder).filter((name) => !LASTING.includes(name)),
    ),
    ports: process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length,
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
