import type { Bid, Run, RunEnd, UnlockedRun } from '../../core/claim.js';
import { Failure } from '../../core/errors.js';
import { spread } from '../../core/jitter.js';
import type { Outcome } from '../../core/outcome.js';
import { runOnce } from '../../core/run-once.js';
import { untilNextSlot } from '../../core/slot.js';
import { StopSwitch } from '../../core/stop.js';
import { catchSignals, type SignalRelay } from '../../process/signals.js';
import { VERSION } from '../../version.js';
import { exitCodeOf } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import type { Call } from './call.js';
import { commandDigest } from './command-digest.js';
import { conclude } from './conclude.js';
import { jobEnvironment, RUN_MARKER } from './job-environment.js';
import { LocalRecord } from './local-record.js';
import type { Settings } from './settings.js';
import { StopOnSignal } from './stop-on-signal.js';
import { troublesOf } from './troubles.js';

/**
 * Bids for the slot, runs the command when elected, and gives the exit code. The connection is left
 * open and the signals caught: the process is about to end, and the kernel says goodbye faster.
 */
export async function bidForSlot(call: Call): Promise<number> {
  const signals = catchSignals(call.io.signals);
  const stop = new StopOnSignal(call.io.signals);
  const record = new LocalRecord(call);
  try {
    return await conclude(call, await decide(call, signals, stop, record), stop, record);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    call.reporter.error(error.kind, error.message);
    return exitCodeOf(error);
  }
}

async function decide(
  call: Call,
  signals: SignalRelay,
  stop: StopOnSignal,
  record: LocalRecord,
): Promise<Outcome<number>> {
  const { settings, login, slot, reporter, io } = call;
  await spread(io.clock, settings.jitter, stop);
  if (stop.requested) return { kind: 'stopped', because: 'told' };
  const { openStore } = await import('../../redis/open-store.js');
  const { prefix, replicas, replicasTimeout: timeout } = settings;
  const durability = replicas === undefined ? undefined : { replicas, timeout };
  const options = { prefix, clock: io.clock, ...(durability && { durability }) };
  const store = openStore(login.targets, options);
  const leaseLost = new StopSwitch();
  const { retries: limit, retryDelay: delay, retryOn: on } = settings;
  const job = async (run: Run | UnlockedRun) => {
    const { runJob } = await import('./run-job.js');
    const env = jobEnvironment(io.env, run, login.secretVariables);
    const { killAfter, timeout } = settings;
    const keepOutput = settings.keepOutput ? OUTPUT_KEPT : undefined;
    const spec = { ...call.command, env, killAfter, timeout, keepOutput, marker: RUN_MARKER };
    const killAfterLoss = Math.max(0, Math.min(killAfter, reserveOf(settings) - KILL_TAKES));
    return runJob(spec, signals, { leaseLost, killAfterLoss }, reporter);
  };
  const jobUnlocked = async (run: UnlockedRun) => {
    if (run.attempt === 1) await sayUnlocked(reporter, run, record);
    return job(run);
  };
  return runOnce({
    store,
    clock: io.clock,
    bid: bidOf(call),
    within: settings.redisTimeout,
    onUnavailable: settings.onRedisDown === 'run' ? jobUnlocked : settings.onRedisDown,
    now: () => io.now(),
    stop,
    waitTimeout: settings.waitTimeout ?? untilNextSlot(slot, io.now()) ?? settings.retain,
    ...(settings.takeover && { turns: settings.maxAttempts }),
    retries: { limit, delay, ...(on && { on }) },
    reserve: reserveOf(settings),
    troubles: troublesOf(settings, reporter, leaseLost),
    isHandedBack: (end) => isHandedBack(end, settings, stop),
    job(run) {
      sayWon(reporter, run);
      return job(run);
    },
  });
}

function bidOf({ settings, slot, schedule, node, command, io }: Call): Bid {
  const { key, winners, retain, lease, overlap } = settings;
  const digest = commandDigest([command.command, ...command.args]);
  const owner = io.randomId();
  return {
    key,
    slot,
    owner,
    node,
    winners,
    retain,
    lease,
    overlap,
    schedule,
    command: digest,
    version: VERSION,
  };
}

/**
 * With `--on-lease-lost stop` the job must be gone when the lease ends: what ending it may take is
 * kept in reserve, but never more than a third of the lease, which is how often it is renewed.
 */
function reserveOf({ onLeaseLost, killAfter, lease }: Settings): number {
  return onLeaseLost === 'stop' ? Math.min(killAfter + KILL_TAKES, lease / 3) : 0;
}

/** Bytes of a failed job's stderr that the history keeps. */
const OUTPUT_KEPT = 4_096;

/** Whether it was this node's fault: a person's Ctrl-C is meant for the job, a SIGTERM for the node. */
function isHandedBack(end: RunEnd, settings: Settings, stop: StopOnSignal): boolean {
  const endedForLease = end.leaseLost === true && settings.onLeaseLost === 'stop';
  return settings.failoverOnError === true || stop.by === 'SIGTERM' || endedForLease;
}

/** ms that a process killed by SIGKILL may take to be gone. */
const KILL_TAKES = 500;

function sayWon(reporter: Reporter, { slot, rank, attempt, fence }: Run): void {
  const which = attempt === 1 ? '' : `attempt ${attempt}, `;
  reporter.info('won', `won ${slot.id}: rank ${rank}, ${which}fence ${fence}`, {
    rank,
    attempt,
    fence,
  });
}

async function sayUnlocked(
  reporter: Reporter,
  { owner, unlocked }: UnlockedRun,
  record: LocalRecord,
): Promise<void> {
  reporter.warn(
    'unlocked',
    `the job is run without a lock (--on-redis-down run): ${unlocked.message}`,
  );
  await record.leave('unlocked', { owner, reason: unlocked.message });
}
