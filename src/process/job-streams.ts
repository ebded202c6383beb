import type { JobSpec } from './job-spec.js';
import { Outlet } from './outlet.js';
import { rawSink } from './raw-sink.js';
import type { Child } from './spawn-job.js';
import { StreamReader } from './stream-reader.js';
import type { Tail } from './tail.js';

const STDERR = 2;

/**
 * Reads those streams of the job that go through us.
 *
 * @param tail is shown what comes on stderr
 */
export function readStreams(child: Child, { output }: JobSpec, tail?: Tail): StreamReader[] {
  const readers: StreamReader[] = [];
  if (child.stdout && output) readers.push(new StreamReader(child.stdout, output.stdout));
  if (child.stderr) {
    const sink = output?.stderr ?? rawSink(new Outlet(STDERR));
    readers.push(new StreamReader(child.stderr, sink, (chunk) => tail?.remember(chunk)));
  }
  return readers;
}

/** That the job does not read it, or not all, is its own affair: execa takes EPIPE for no error. */
export function giveInput(child: Child, { input }: JobSpec): void {
  if (input !== undefined) child.stdin?.end(input);
}
