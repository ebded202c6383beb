import { execa } from 'execa';
import type { Clock } from '../core/clock.js';
import { findCommand } from './find-command.js';

/** Where the service manager listens, and what it wants to hear: not for jobs, who are no part of the service. */
export const SERVICE_VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What systemd is told about us (sd_notify(3)). Every call returns at once and never fails; what was
 * said is sent in that order.
 */
export interface ServiceManager {
  /** We are up, or up again after a reload; with one line for `systemctl status`. */
  ready(status: string): void;
  /** SIGHUP has come: `ready` follows, whether the new settings are good or not. */
  reloading(): void;
  stopping(status: string): void;
  /**
   * Says at every half of the time that the unit's WatchdogSec= leaves us that we are healthy, as long as
   * we are. Nothing happens where the unit has no watchdog.
   *
   * @returns ends it
   */
  watch(isHealthy: () => boolean): () => void;
  /** Resolves when all that was said so far has been sent. */
  sent(): Promise<void>;
}

export interface ServiceManagerOptions {
  readonly env: Env;
  /** Ours: a watchdog may be meant for another process. */
  readonly pid: number;
  /** Its monotonic time must be that of the system, CLOCK_MONOTONIC in ms. */
  readonly clock: Clock;
  /** Called at most once, with one line: systemd waits, and cannot be told. */
  readonly warn: (message: string) => void;
}

const PROGRAM = 'systemd-notify';
const SEARCHED = '/usr/bin:/bin';
/** ms that one message may take; systemd-notify itself waits 5 s for systemd to have read it. */
const LIMIT = 10_000;
const US_PER_MS = 1_000;

/**
 * Node cannot send to a UNIX datagram socket, so each message is sent by systemd-notify(1). Run by root it
 * speaks in our name; run by another user in its own, which systemd hears with `NotifyAccess=all` only.
 */
export function serviceManager({ env, pid, clock, warn }: ServiceManagerOptions): ServiceManager {
  const program = findCommand(PROGRAM, { path: env.PATH ?? SEARCHED, cwd: '/' });
  let isWarned = false;
  let newest: Promise<unknown> = Promise.resolve();

  const warnOnce = (message: string) => {
    if (!isWarned) warn(`the service manager cannot be told that we are up: ${message}`);
    isWarned = true;
  };

  const notify = (...words: readonly string[]): Promise<unknown> => {
    if (!env.NOTIFY_SOCKET) return newest;
    if (program.kind !== 'found') {
      warnOnce(`${PROGRAM} is not installed (NOTIFY_SOCKET is set)`);
      return newest;
    }
    newest = newest
      .then(() => send(program.file, words, env.NOTIFY_SOCKET))
      .catch((error: unknown) => warnOnce(error instanceof Error ? error.message : String(error)));
    return newest;
  };

  return {
    ready: (status) => void notify('READY=1', statusOf(status)),
    reloading() {
      // A whole number, and not before the reload was asked for: Type=notify-reload compares.
      const now = Math.ceil(clock.monotonic() * US_PER_MS);
      void notify('RELOADING=1', `MONOTONIC_USEC=${now}`);
    },
    stopping: (status) => void notify('STOPPING=1', statusOf(status)),
    watch(isHealthy) {
      const interval = watchdogInterval(env, pid);
      if (interval === undefined) return () => {};
      let isSending = false;
      let cancel = () => {};
      const beat = () => {
        cancel = clock.after(interval, beat);
        if (isSending || !isHealthy()) return;
        isSending = true;
        notify('WATCHDOG=1').finally(() => {
          isSending = false;
        });
      };
      beat();
      return () => cancel();
    },
    async sent() {
      await newest;
    },
  };
}

/** Half of what we are left, in ms; undefined where no watchdog watches us (sd_watchdog_enabled(3)). */
function watchdogInterval({ WATCHDOG_USEC = '', WATCHDOG_PID }: Env, pid: number) {
  const isOurs = !WATCHDOG_PID || WATCHDOG_PID === String(pid);
  if (!isOurs || !/^[1-9]\d*$/.test(WATCHDOG_USEC)) return undefined;
  return Number(WATCHDOG_USEC) / US_PER_MS / 2;
}

/** One line: a newline would begin another assignment. */
function statusOf(text: string): string {
  return `STATUS=${text.replaceAll('\n', ' ')}`;
}

/** @throws Error with one line that says why it was not sent */
async function send(file: string, words: readonly string[], socket: string | undefined) {
  const { exitCode, stderr, shortMessage } = await execa(file, words, {
    env: { NOTIFY_SOCKET: socket },
    extendEnv: false,
    stdin: 'ignore',
    stdout: 'ignore',
    reject: false,
    timeout: LIMIT,
    verbose: 'none',
  });
  if (exitCode !== 0) throw new Error(stderr || shortMessage);
}
