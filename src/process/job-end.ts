/** How the leader of the job's process group ended, as wait(2) tells it. */
export type LeaderEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals; readonly number: number };

/**
 * Why a job that we ended before its time was ended. `survivors` are the ids of processes that even
 * SIGKILL did not end in time (asleep in the kernel, or another user's): normally none.
 */
export type CutShort =
  | {
      readonly kind: 'timed-out';
      readonly how: LeaderEnd;
      readonly survivors: readonly number[];
    }
  | {
      readonly kind: 'stopped';
      readonly reason: StopReason;
      readonly how: LeaderEnd;
      readonly survivors: readonly number[];
    };

/** `leaving`: this node goes, and the job is another one's. */
export type StopReason = 'lease-lost' | 'leaving';

/**
 * | cause            | errno                                  |
 * | ---------------- | -------------------------------------- |
 * | `not-found`      | ENOENT, ENOTDIR, …                     |
 * | `not-executable` | EACCES, ENOEXEC, EPERM, ETXTBSY, …     |
 * | `no-directory`   | the working directory is not there     |
 * | `too-big`        | E2BIG                                  |
 * | `no-resources`   | EAGAIN (process limit), ENOMEM, EMFILE |
 * | `not-permitted`  | it is to be another user's             |
 */
export type NotStartedCause =
  | 'not-found'
  | 'not-executable'
  | 'no-directory'
  | 'too-big'
  | 'no-resources'
  | 'not-permitted';

export interface NotStarted {
  readonly kind: 'not-started';
  readonly cause: NotStartedCause;
  /** One line for the person on call. */
  readonly reason: string;
}

/** How a run ended. A value, never an exception: a job that fails is not a failure of ours. */
export type JobEnd = LeaderEnd | CutShort | NotStarted;
