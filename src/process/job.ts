import { constants } from 'node:os';
import process from 'node:process';
import { familyOf, signalGroup } from './family.js';
import type { JobEnd, LeaderEnd, NotStarted, StopReason } from './job-end.js';
import type { JobSpec } from './job-spec.js';
import { giveInput, readStreams } from './job-streams.js';
import { notStarted } from './not-started.js';
import type { JobSignal } from './signals.js';
import { type Child, spawnJob } from './spawn-job.js';
import { Tail } from './tail.js';
import { terminate } from './terminate.js';
import { after } from './timer.js';
import { changeTo, type UserChange } from './user.js';

export type { JobSpec };

export interface RunningJob {
  /** undefined if it could not be started: `ended` says why. */
  readonly pid: number | undefined;
  /** The last of its stderr, where it was to be kept. */
  outputTail(): string | undefined;
  /** Resolves at the leader's exit, whoever else still holds its streams. Never rejects. */
  readonly ended: Promise<JobEnd>;
  /** To the whole process group, once. Nothing happens if it has ended. */
  signal(name: JobSignal): void;
  /** Ends it before its time, with everything it has started; `killAfter` in ms, if not the usual. */
  stop(reason: StopReason, killAfter?: number): Promise<JobEnd>;
  /** SIGKILL to everything it has started, also where a `stop` still waits. */
  kill(): void;
}

const SAME_USER: UserChange = { kind: 'by', command: [] };

/**
 * Runs the job with our own streams, or with those of the spec, in a session and process group of its own. It
 * starts with default signal dispositions (libuv resets them) and without our descriptors above 2.
 *
 * A timeout or `stop` ends every process of the run. A job that ends by itself leaves its background
 * processes alone, as cron does.
 */
export function startJob(spec: JobSpec): RunningJob {
  const change = spec.user ? changeTo(spec.user, process.geteuid?.()) : SAME_USER;
  if (change.kind === 'impossible') {
    const { reason } = change;
    return unstarted(Promise.resolve({ kind: 'not-started', cause: 'not-permitted', reason }));
  }
  let child: Child;
  try {
    child = spawnJob(spec, change.command);
  } catch (error) {
    // execa itself throws when our own working directory has been removed.
    return unstarted(Promise.resolve(notStarted(error, spec)));
  }
  const result = child.then(({ exitCode, signal, cause }) => {
    if (signal !== undefined) return killed(signal);
    if (exitCode !== undefined) return { kind: 'exited' as const, code: exitCode };
    return notStarted(cause, spec);
  });
  if (child.pid === undefined) return unstarted(result);
  giveInput(child, spec);
  const tail = spec.keepOutput === undefined ? undefined : new Tail(spec.keepOutput);
  const readers = readStreams(child, spec, tail);
  if (readers.length === 0) return supervise(child.pid, result, spec);
  // execa would wait for everyone who holds the streams.
  const leader = exitOf(child).then(async (end) => {
    await Promise.all(readers.map((reader) => reader.drained()));
    return end;
  });
  return supervise(child.pid, leader, spec, tail);
}

function exitOf(child: Child): Promise<LeaderEnd> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : killed(signal)),
    );
  });
}

function unstarted(ended: Promise<JobEnd>): RunningJob {
  return {
    pid: undefined,
    outputTail: () => undefined,
    ended,
    signal: () => {},
    kill: () => {},
    stop: () => ended,
  };
}

function supervise(
  pid: number,
  leader: Promise<LeaderEnd | NotStarted>,
  spec: JobSpec,
  tail?: Tail,
): RunningJob {
  let isOver = false;
  let cutShort: Promise<JobEnd> | undefined;

  const leaderGone = leader.then((how) => {
    isOver = true;
    cancelTimeout();
    return how;
  });

  const end = (because: Because, killAfter = spec.killAfter) => {
    if (isOver) return;
    const family = familyOf(pid, markerOf(spec));
    cutShort ??= endedBy(because, terminate(family, leaderGone, killAfter));
  };
  const cancelTimeout =
    spec.timeout === undefined ? () => {} : after(spec.timeout, () => end({ kind: 'timed-out' }));

  const endedBy = async (because: Because, terminated: Promise<readonly number[]>) => {
    const survivors = await terminated;
    const how = await leaderGone;
    return how.kind === 'not-started' ? how : { ...because, how, survivors };
  };

  const ended = leaderGone.then((how) => cutShort ?? how);
  return {
    pid,
    outputTail: () => tail?.text,
    ended,
    signal(name) {
      if (!isOver) signalGroup(pid, name);
    },
    kill() {
      if (isOver && cutShort === undefined) return;
      const family = familyOf(pid, markerOf(spec));
      family.living();
      family.signal('SIGKILL');
    },
    stop(reason, killAfter) {
      end({ kind: 'stopped', reason }, killAfter);
      return ended;
    },
  };
}

type Because = { kind: 'timed-out' } | { kind: 'stopped'; reason: StopReason };

/** A variable that is missing matches nobody: half a marker could belong to another run. */
function markerOf({ env, marker = [] }: JobSpec): string[] {
  return marker.map((name) => `${name}=${env[name]}`);
}

function killed(signal: NodeJS.Signals): LeaderEnd {
  return { kind: 'killed', signal, number: constants.signals[signal] };
}
