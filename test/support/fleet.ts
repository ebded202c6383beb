import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliResult, type LiveCli, start } from './cli.js';
import { untilAtLeast } from './until.js';

/** The beginning of a run, as the job itself wrote it down. */
export interface Begun {
  readonly slot: string;
  readonly node: string;
  readonly rank: number;
  readonly attempt: number;
  readonly fence: number;
}

export interface NodeOptions {
  /** `--redis`, one each. */
  readonly urls: readonly string[];
  /** Further options of `run`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The job lasts until a line is written to `process.stdin`; else it ends at once. */
  readonly lasts?: boolean;
}

/** Whole processes that bid for slots of one job. Who ran is asked of the job, never of Redis. */
export interface Fleet {
  /** Starts one node. */
  node(name: string, slot: string, options: NodeOptions): LiveCli;
  /** Starts nodes `node-1` to `node-<count>` in the same moment. */
  nodes(count: number, slot: string, options: NodeOptions): readonly LiveCli[];
  /** The runs of a slot so far, in their order. */
  begun(slot: string): readonly Begun[];
  /** Waits until at least so many runs of a slot have begun. */
  untilBegun(slot: string, count: number): Promise<void>;
  /** Removes the record. */
  remove(): void;
}

/** The job of every fleet. */
export const KEY = 'nightly';

const WORDS = ['SLOT', 'NODE', 'RANK', 'ATTEMPT', 'FENCE'].map((word) => `$REDLOCK_RUN_${word}`);
/** Several shells append to one file at the same time: each line is one write with O_APPEND. */
const JOB = `echo "${WORDS.join(' ')}" >> "$JOURNAL"; read -r line || true`;

/** ms, for machines that are busy. */
const LONGEST = 60_000;

export function newFleet(): Fleet {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  const journal = join(folder, 'journal');
  appendFileSync(journal, '');

  const fleet: Fleet = {
    node: (name, slot, { urls, args = [], env = {}, lasts = false }) =>
      start(
        [
          ...['--key', KEY, '--slot', slot, '--node', name],
          ...urls.flatMap((url) => ['--redis', url]),
          ...args,
          ...['--', 'sh', '-c', JOB],
        ],
        { env: { ...env, JOURNAL: journal }, openStdin: lasts, within: LONGEST },
      ),
    nodes: (count, slot, options) =>
      Array.from({ length: count }, (_, i) => fleet.node(`node-${i + 1}`, slot, options)),
    begun: (slot) =>
      readFileSync(journal, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map(parseBegun)
        .filter((run) => run.slot === slot),
    untilBegun: (slot, count) => untilAtLeast(count, () => fleet.begun(slot).length),
    remove: () => rmSync(folder, { recursive: true }),
  };
  return fleet;
}

/** How nodes ended, when all have: exit code and what they said. */
export async function endings(
  nodes: readonly LiveCli[],
): Promise<(readonly [CliResult['code'], string])[]> {
  const results = await Promise.all(nodes.map(({ ended }) => ended));
  return results.map(({ code, stderr }) => [code, stderr]);
}

function parseBegun(line: string): Begun {
  const [slot = '', node = '', rank, attempt, fence] = line.split(' ');
  return { slot, node, rank: Number(rank), attempt: Number(attempt), fence: Number(fence) };
}
