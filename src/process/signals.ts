/** What a signal to us means for the job: the same signal, once, to its whole process group. */
export const FORWARDED_SIGNALS = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
] as const;

export type ForwardedSignal = (typeof FORWARDED_SIGNALS)[number];

/** Everything that may be sent to a job: forwarded signals, and what Ctrl-Z and `fg` become. */
export type JobSignal = ForwardedSignal | 'SIGSTOP' | 'SIGCONT';

/** The part of `process` that receives signals and can suspend itself. */
export interface SignalSource {
  readonly pid: number;
  on(name: NodeJS.Signals, listener: () => void): unknown;
  off(name: NodeJS.Signals, listener: () => void): unknown;
  kill(pid: number, name: NodeJS.Signals): unknown;
}

export interface SignalRelay {
  /** Signals caught while there was no job yet, oldest first. */
  readonly held: readonly ForwardedSignal[];
  /** Hands the held signals to the job, and every later one as it comes. */
  to(job: { signal(name: JobSignal): void }): void;
  /** Gives the signals their default effect back. */
  close(): void;
}

/**
 * Catches the signals that belong to the job. Call it *before* the job is started: a signal that
 * comes between fork and listener would end us and leave the job alone. Until `to(job)` they are held.
 *
 * The job is in a session of its own, so a terminal's Ctrl-C reaches us only and the job gets it once.
 * A listener for SIGUSR1 also keeps Node from opening its inspector's port.
 *
 * Ctrl-Z (SIGTSTP) suspends the job and then us, so that the job does not go on unseen. The job gets
 * SIGSTOP: its group is orphaned (setpgid(2), POSIX 11.1.4), in which SIGTSTP stops nothing.
 */
export function catchSignals(source: SignalSource): SignalRelay {
  const held: ForwardedSignal[] = [];
  let job: { signal(name: JobSignal): void } | undefined;

  const listeners = new Map<NodeJS.Signals, () => void>();
  for (const name of FORWARDED_SIGNALS) {
    listeners.set(name, () => {
      if (job === undefined) held.push(name);
      else job.signal(name);
    });
  }
  listeners.set('SIGTSTP', () => {
    job?.signal('SIGSTOP');
    source.kill(source.pid, 'SIGSTOP');
  });
  listeners.set('SIGCONT', () => job?.signal('SIGCONT'));
  for (const [name, listener] of listeners) source.on(name, listener);

  return {
    held,
    to(started) {
      job = started;
      for (const name of held.splice(0)) started.signal(name);
    },
    close() {
      for (const [name, listener] of listeners) source.off(name, listener);
    },
  };
}
