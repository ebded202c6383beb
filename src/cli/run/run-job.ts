import type { RunEnd } from '../../core/claim.js';
import type { Stop } from '../../core/stop.js';
import { exitStatus } from '../../process/exit-status.js';
import { type JobSpec, type RunningJob, startJob } from '../../process/job.js';
import type { JobEnd } from '../../process/job-end.js';
import type { Reporter } from '../reporter.js';

export interface JobResult {
  readonly value: number;
  readonly end: RunEnd;
}

/** When the job is to be ended for its lease, and how long it then has (ms). */
export interface LeaseLoss {
  readonly leaseLost: Stop;
  readonly killAfterLoss: number;
}

/** Runs the command of a won slot to its end; loaded by winners only. */
export async function runJob(
  spec: JobSpec,
  signals: { to(job: RunningJob): void },
  { leaseLost, killAfterLoss }: LeaseLoss,
  reporter: Reporter,
): Promise<JobResult> {
  const job = startJob(spec);
  signals.to(job);
  const cancel = leaseLost.whenRequested(() => void job.stop('lease-lost', killAfterLoss));
  const ended = await job.ended;
  cancel();
  sayEnd(reporter, ended, spec);
  saySurvivors(reporter, ended);
  const exit = exitStatus(ended);
  const signal = signalOf(ended);
  const output = exit === 0 ? undefined : job.outputTail();
  return {
    value: exit,
    end: {
      state: exit === 0 ? 'done' : 'failed',
      exit,
      ...(signal !== undefined && { signal }),
      ...(output !== undefined && { output }),
    },
  };
}

function signalOf(end: JobEnd): string | undefined {
  if (end.kind === 'killed') return end.signal;
  return 'how' in end ? signalOf(end.how) : undefined;
}

/** Asleep in the kernel, or another user's: somebody must look. */
function saySurvivors(reporter: Reporter, end: JobEnd): void {
  if (!('survivors' in end) || end.survivors.length === 0) return;
  const pids = end.survivors.join(' ');
  reporter.warn('survivors', `SIGKILL did not end these processes of the job: ${pids}`, { pids });
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
      return end.reason === 'lease-lost'
        ? reporter.error('lease-lost', 'the lease was lost; the job was ended')
        : reporter.warn('ended-early', 'the daemon was told to stop; the job was ended');
    case 'not-started':
      return reporter.error('not-started', `cannot start ${spec.command}: ${end.reason}`);
  }
}
