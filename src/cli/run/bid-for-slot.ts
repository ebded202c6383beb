import { Failure } from '../../core/errors.js';
import type { Outcome } from '../../core/outcome.js';
import { runOnce } from '../../core/run-once.js';
import type { Slot } from '../../core/slot.js';
import { catchSignals, type SignalRelay } from '../../process/signals.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import type { Io } from '../io.js';
import type { Reporter } from '../reporter.js';
import { jobEnvironment, RUN_MARKER } from './job-environment.js';
import type { RedisLogin } from './redis-login.js';
import type { Settings } from './settings.js';
import { saySkipped } from './words.js';

/** A call of `run` whose input is known to be good. */
export interface Call {
  readonly settings: Settings;
  readonly login: RedisLogin;
  readonly slot: Slot;
  readonly node: string;
  readonly command: {
    readonly command: string;
    readonly file?: string;
    readonly args: readonly string[];
    readonly shell: boolean;
  };
  readonly reporter: Reporter;
  readonly io: Io;
}

/** Signals that mean "do not begin". */
const STOPPING: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/**
 * Bids for the slot, runs the command when elected, and gives the exit code. The connection is left
 * open and the signals caught: the process is about to end, and the kernel says goodbye faster.
 */
export async function bidForSlot(call: Call): Promise<number> {
  const signals = catchSignals(call.io.signals);
  try {
    return await conclude(call, await elect(call, signals), signals);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    call.reporter.error(error.kind, error.message);
    return exitCodeOf(error);
  }
}

async function elect(call: Call, signals: SignalRelay): Promise<Outcome<number>> {
  const { settings, login, slot, node, command, reporter, io } = call;
  const { key, winners, retain, lease, overlap, redisTimeout } = settings;
  const { RedisStore } = await import('../../redis/store.js');
  const store = new RedisStore(login.address, settings.prefix);
  return runOnce({
    store,
    clock: io.clock,
    bid: { key, slot, owner: io.randomId(), node, winners, retain, lease, overlap },
    within: redisTimeout,
    stopped: () => stoppedBy(signals) !== undefined,
    troubles: {
      leaseLost: () =>
        reporter.warn('lease-lost', 'the lease was lost while the job runs; it goes on'),
      notRecorded: (_, cause) =>
        reporter.warn('not-recorded', `the run's end was not recorded: ${reasonOf(cause)}`),
    },
    async job(run) {
      reporter.info('won', `won ${slot.id}: rank ${run.rank}, fence ${run.fence}`, {
        rank: run.rank,
        fence: run.fence,
      });
      const { runJob } = await import('./run-job.js');
      const env = jobEnvironment(io.env, run, login.secretVariables);
      const { killAfter, timeout } = settings;
      return runJob({ ...command, env, killAfter, timeout, marker: RUN_MARKER }, signals, reporter);
    },
  });
}

async function conclude(
  call: Call,
  outcome: Outcome<number>,
  signals: SignalRelay,
): Promise<number> {
  const { settings, slot, reporter, io } = call;
  switch (outcome.kind) {
    case 'ran':
      return outcome.value;
    case 'skipped':
      saySkipped(reporter, outcome.verdict, outcome.answer, {
        key: settings.key,
        slot: slot.id,
        localTime: io.now(),
      });
      return settings.skipExitCode;
    case 'stopped': {
      const { constants } = await import('node:os');
      const signal = stoppedBy(signals) ?? 'SIGTERM';
      reporter.warn('aborted', `told to stop by ${signal} before the job began; it is not run`);
      return EXIT.signal + constants.signals[signal];
    }
  }
}

function stoppedBy(signals: SignalRelay): NodeJS.Signals | undefined {
  return signals.held.find((name) => STOPPING.includes(name));
}

function reasonOf(cause: unknown): string {
  if (cause === undefined) return 'it is no longer ours';
  return cause instanceof Error ? cause.message : String(cause);
}
