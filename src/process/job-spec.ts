import type { Sink } from './sink.js';
import type { User } from './user.js';

export interface JobOutput {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

export interface JobSpec {
  /** As the user wrote it; with `shell` a command line for the interpreter. */
  readonly command: string;
  /** What findCommand found for it. Without it PATH of `env` is searched once more. */
  readonly file?: string | undefined;
  /** With `shell` they are `$1`, `$2`, … of the command line, whose `$0` is the interpreter as under cron. */
  readonly args: readonly string[];
  readonly shell: boolean;
  /** What `shell` runs, with `-c`; default `/bin/sh`. */
  readonly interpreter?: string | undefined;
  /** The whole environment of the job: nothing of ours is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: where we are. */
  readonly cwd?: string | undefined;
  /** Whose processes they are; only root can run a job as somebody else. Default: ours. */
  readonly user?: User | undefined;
  /** What it reads, whether it does or not; empty: `/dev/null`. Default: what we read. */
  readonly input?: string | undefined;
  /** Where its streams go, which are no terminals then. Default: where ours go. */
  readonly output?: JobOutput | undefined;
  /** ms; none: it may take as long as it likes. */
  readonly timeout?: number | undefined;
  /** ms between SIGTERM and SIGKILL when the job is ended before its time. */
  readonly killAfter: number;
  /** Bytes of stderr to remember. It goes through us: to the job it is no terminal any more. */
  readonly keepOutput?: number | undefined;
  /** Names of variables in `env` whose values together belong to this run alone (see familyOf). */
  readonly marker?: readonly string[];
}
