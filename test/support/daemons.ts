import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliOptions, type LiveCli, start } from './cli.js';

/** One line of the journal that jobs keep by themselves: Redis and the daemon are not asked. */
export interface Entry {
  readonly event: 'begin' | 'end';
  readonly key: string;
  readonly slot: string;
  readonly node: string;
  readonly fence: number;
  /** When it was written, ms since the epoch. */
  readonly at: number;
}

/** Daemons on one crontab, and what their jobs have written down. */
export interface DaemonFleet {
  readonly folder: string;
  /** The file of all of them. */
  readonly crontab: string;
  /** A line of shell that writes down the beginning and the end of a run that takes so long. */
  job(seconds: number): string;
  /** Gives all of them another crontab; they read it when told to. */
  write(crontab: string): void;
  /** Starts one. */
  start(node: string, args: readonly string[], options?: CliOptions): LiveCli;
  entries(): readonly Entry[];
  remove(): void;
}

const WORDS = '$REDLOCK_RUN_KEY $REDLOCK_RUN_SLOT $REDLOCK_RUN_NODE $FENCE';
const LONGEST = 240_000;

export function newDaemonFleet(url: string, crontab = ''): DaemonFleet {
  const folder = mkdtempSync(join(tmpdir(), 'daemons-'));
  const journal = join(folder, 'journal');
  const file = join(folder, 'crontab');
  appendFileSync(journal, '');
  writeFileSync(file, crontab);
  // Several shells append to one file at the same time: each line is one write with O_APPEND.
  const note = (event: string) => `echo "${event} ${WORDS} $(date +%s%3N)" >> ${journal}`;
  const fence = 'FENCE=$(printenv REDLOCK_RUN_FENCE || echo 0)';
  writeFileSync(join(folder, 'begin.sh'), `${fence}\n${note('begin')}\n`);
  writeFileSync(join(folder, 'end.sh'), `${note('end')}\n`);
  return {
    folder,
    crontab: file,
    job: (seconds) => `. ${folder}/begin.sh; sleep ${seconds}; . ${folder}/end.sh`,
    write: (text) => writeFileSync(file, text),
    start: (node, args, options = {}) =>
      start(['daemon', file, '--node', node, '--redis', url, ...args], {
        within: LONGEST,
        ...options,
      }),
    entries: () =>
      readFileSync(journal, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map(parseEntry),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function parseEntry(line: string): Entry {
  const [event, key = '', slot = '', node = '', fence, at] = line.split(' ');
  if (event !== 'begin' && event !== 'end') throw new Error(`not of the journal: ${line}`);
  return { event, key, slot, node, fence: Number(fence), at: Number(at) };
}
