import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { ourPorts, ourProcesses } from './processes.js';

/** ms that a process may take to be gone after it was told to. */
const GRACE = 2_000;
/** ms between two looks. */
const GLANCE = 20;

/** Node's own cache of compiled code lives as long as the machine. */
const LASTING = 'node-compile-cache';

/** What lives at some moment. */
interface Inventory {
  /** Ids and words for people. */
  readonly processes: Map<number, string>;
  /** In the temporary directory. */
  readonly files: ReadonlySet<string>;
  /** On which this process listens. */
  readonly ports: ReadonlySet<number>;
}

const NOTHING: Inventory = { processes: new Map(), files: new Set(), ports: new Set() };

let folder = '';
/** What may be there after the test that runs now. */
let allowed = NOTHING;

/**
 * Fails the test that leaves a process, a temporary file or a port behind, and cleans up after it.
 * Call it once, at the top of a test file: hooks that come later end what they started before this
 * one looks. What a `beforeAll` started may live until the file's end.
 *
 * The file gets a temporary directory of its own, for itself and for its children (TMPDIR).
 */
export function failOnLeaks({ grace = GRACE } = {}): void {
  const outer = process.env.TMPDIR;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'redlock-run-test-'));
    process.env.TMPDIR = folder;
  });
  beforeEach(() => {
    allowed = inventory();
  });
  afterEach(() => expectNothingBut(allowed, grace));
  afterAll(async () => {
    try {
      await expectNothingBut(NOTHING, grace);
    } finally {
      if (outer === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = outer;
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Says that a process takes the place of another one: a server that a test started anew. */
export function takesThePlaceOf(pid: number, previous: number): void {
  const words = allowed.processes.get(previous);
  if (words !== undefined) allowed.processes.set(pid, words);
}

async function expectNothingBut(expected: Inventory, grace: number): Promise<void> {
  const deadline = performance.now() + grace;
  let left = leftovers(expected);
  while (left.words.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, GLANCE));
    left = leftovers(expected);
  }
  for (const pid of left.pids) kill(pid);
  for (const file of left.files) rmSync(join(folder, file), { recursive: true, force: true });
  expect(left.words.join('\n'), 'left behind').toBe('');
}

function leftovers(expected: Inventory) {
  const now = inventory();
  const pids = [...now.processes.keys()].filter((pid) => !expected.processes.has(pid));
  const files = [...now.files].filter((file) => !expected.files.has(file));
  const ports = [...now.ports].filter((port) => !expected.ports.has(port));
  const words = [
    ...pids.map((pid) => `process ${pid}: ${now.processes.get(pid)}`),
    ...files.map((file) => `file ${file}`),
    ...ports.map((port) => `port ${port}`),
  ];
  return { pids, files, words };
}

function inventory(): Inventory {
  return {
    processes: new Map(ourProcesses(folder).map(({ pid, command }) => [pid, command])),
    files: new Set(readdirSync(folder).filter((name) => name !== LASTING)),
    ports: new Set(ourPorts()),
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
