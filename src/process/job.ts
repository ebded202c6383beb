import { constants } from 'node:os';
import { execa } from 'execa';
import { familyOf, signalGroup } from './family.js';
import type { JobEnd, LeaderEnd, NotStarted, StopReason } from './job-end.js';
import { notStarted } from './not-started.js';
import { OutputTail } from './output-tail.js';
import type { JobSignal } from './signals.js';
import { terminate } from './terminate.js';
import { after } from './timer.js';

export interface JobSpec {
  /** As the user wrote it; with `shell` a command line for `/bin/sh`. */
  readonly command: string;
  /** What findCommand found for it. Without it PATH of `env` is searched once more. */
  readonly file?: string | undefined;
  /** With `shell` they are `$1`, `$2`, … of the command line, whose `$0` is `/bin/sh` as under cron. */
  readonly args: readonly string[];
  readonly shell: boolean;
  /** The whole environment of the job: nothing of ours is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: where we are. */
  readonly cwd?: string | undefined;
  /** ms; none: it may take as long as it likes. */
  readonly timeout?: number | undefined;
  /** ms between SIGTERM and SIGKILL when the job is ended before its time. */
  readonly killAfter: number;
  /** Bytes of stderr to remember. It then goes through us: to the job it is no terminal any more. */
  readonly keepOutput?: number | undefined;
  /** Names of variables in `env` whose values together belong to this run alone (see familyOf). */
  readonly marker?: readonly string[];
}

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
}

const SHELL = '/bin/sh';
const STDERR = 2;

/**
 * Runs the job with our own streams, in a session and process group of its own. It starts with
 * default signal dispositions (libuv resets them) and without our descriptors above 2.
 *
 * A timeout or `stop` ends every process of the run. A job that ends by itself leaves its background
 * processes alone, as cron does.
 */
export function startJob(spec: JobSpec): RunningJob {
  let child: ReturnType<typeof spawn>;
  try {
    child = spawn(spec);
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
  const { keepOutput } = spec;
  const tail = keepOutput && child.stderr && new OutputTail(child.stderr, STDERR, keepOutput);
  if (!tail) return supervise(child.pid, result, spec);
  // execa would wait for everyone who holds the stream.
  const leader = exitOf(child).then(async (end) => {
    await tail.drained();
    return end;
  });
  return supervise(child.pid, leader, spec, tail);
}

function exitOf(child: ReturnType<typeof spawn>): Promise<LeaderEnd> {
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
    stop: () => ended,
  };
}

function spawn({ command, file, args, shell, env, cwd, keepOutput }: JobSpec) {
  const options = {
    stdin: 'inherit',
    stdout: 'inherit',
    stderr: keepOutput ? 'pipe' : 'inherit',
    detached: true,
    env,
    extendEnv: false,
    ...(cwd !== undefined && { cwd }),
    // None of execa's ways to end it: they know only the leader (see terminate.ts).
    reject: false,
    // Else NODE_DEBUG=execa writes the job's arguments to stderr.
    verbose: 'none',
  } as const;
  return shell
    ? execa(SHELL, ['-c', command, SHELL, ...args], options)
    : execa(file ?? command, args, { ...options, argv0: command });
}

function supervise(
  pid: number,
  leader: Promise<LeaderEnd | NotStarted>,
  spec: JobSpec,
  tail?: OutputTail,
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
