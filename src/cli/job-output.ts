import type { JobOutput } from '../process/job-spec.js';
import { lineSink } from '../process/lines/line-sink.js';
import { LineMemory } from '../process/lines/unfinished-line.js';
import { standardOutlets } from '../process/outlet.js';
import type { Io, Output } from './io.js';
import { jsonLines, type StreamName, textLines } from './job-lines.js';
import type { Fields } from './reporter.js';

/** Bytes for the long unfinished lines of all jobs together. */
const LONG_LINES = 16 * 1024 * 1024;

export interface JobOutputOptions {
  readonly io: Pick<Io, 'stdout' | 'stderr' | 'now'>;
  readonly format: 'text' | 'json';
  /** Colours a prefix for a terminal; plain when absent. */
  readonly paint?: (text: string) => string;
}

/** What a process that runs many jobs says and passes on: all of it by one writer to each descriptor. */
export interface SharedOutput {
  /** For our own words: their order to the lines of jobs is kept, and a slow reader holds nobody up. */
  readonly stdout: Output;
  readonly stderr: Output;
  /** Where a run's streams go, line by line. */
  of(run: RunNames): JobOutput;
  /** Resolves when everything is out: to be awaited before the process ends, but not for ever. */
  flushed(): Promise<void>;
}

/** What names the run that said a line; in JSON, part of each. */
export type RunNames = Fields & { readonly key: string };

export function createSharedOutput({ io, format, paint }: JobOutputOptions): SharedOutput {
  const outlets = standardOutlets();
  const memory = new LineMemory(LONG_LINES);
  const own = (name: StreamName): Output => ({
    write: (text) => outlets[name].say(text),
    isTTY: io[name].isTTY,
    isJournal: io[name].isJournal,
  });
  const sink = (stream: StreamName, run: RunNames) => {
    const { isTTY, isJournal } = io[stream];
    const lines =
      format === 'json'
        ? jsonLines(stream, run, () => io.now())
        : textLines(stream, run.key, { isJournal, ...(paint && isTTY && { paint }) });
    return lineSink(outlets[stream], lines, memory);
  };
  return {
    stdout: own('stdout'),
    stderr: own('stderr'),
    of: (run) => ({ stdout: sink('stdout', run), stderr: sink('stderr', run) }),
    flushed: async () => {
      await Promise.all([outlets.stdout.flushed(), outlets.stderr.flushed()]);
    },
  };
}
