import type { RunEnd } from '../../core/claim.js';
import { exitStatus } from '../../process/exit-status.js';
import { type JobSpec, startJob } from '../../process/job.js';
import type { JobEnd } from '../../process/job-end.js';
import type { SignalRelay } from '../../process/signals.js';
import type { Reporter } from '../reporter.js';

export interface JobResult {
  readonly value: number;
  readonly end: RunEnd;
}

/** Runs the command of a won slot to its end; loaded by winners only. */
export async function runJob(
  spec: JobSpec,
  signals: SignalRelay,
  reporter: Reporter,
): Promise<JobResult> {
  const job = startJob(spec);
  signals.to(job);
  const ended = await job.ended;
  sayEnd(reporter, ended, spec);
  const exit = exitStatus(ended);
  return { value: exit, end: { state: exit === 0 ? 'done' : 'failed', exit } };
}

function sayEnd(reporter: Reporter, end: JobEnd, spec: JobSpec): void {
  switch (end.kind) {
    case 'exited':
      return reporter.info('ended', `the job ended, exit ${end.code}`, { exit: end.code });
    case 'killed':
      return reporter.info('ended', `the job was ended by ${end.signal}`, { signal: end.signal });
    case 'timed-out':
      return reporter.error('timed-out', `the job's time (--timeout) was up; it was ended`);
    case 'stopped':
      return reporter.error('stopped', 'the lease was lost; the job was ended');
    case 'not-started':
      return reporter.error('not-started', `cannot start ${spec.command}: ${end.reason}`);
  }
}
