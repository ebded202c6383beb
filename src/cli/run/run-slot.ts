import type { Bid, ClaimStore, NoLock, Run, RunEnd, UnlockedRun } from '../../core/claim.js';
import type { Outcome } from '../../core/outcome.js';
import { runOnce } from '../../core/run-once.js';
import { untilNextSlot } from '../../core/slot.js';
import { type Stop, StopSwitch } from '../../core/stop.js';
import type { RunningJob } from '../../process/job.js';
import { VERSION } from '../../version.js';
import type { Reporter } from '../reporter.js';
import type { Call } from './call.js';
import { commandDigest } from './command-digest.js';
import { jobEnvironment, RUN_MARKER } from './job-environment.js';
import type { LocalRecord } from './local-record.js';
import type { Settings } from './settings.js';
import { troublesOf } from './troubles.js';

/** Where a call's slot is run: in a process of its own, or among others in the daemon. */
export interface Surroundings {
  readonly store: ClaimStore;
  readonly record: LocalRecord;
  /** Do not begin, and do not begin again. */
  readonly stop: Stop;
  /** Whether this node is to go, so that a run that ended like this is another node's. */
  isLeaving(end: RunEnd): boolean;
  /** Resolves when the job may begin; at once where there is no other. */
  mayBegin?(): Promise<void>;
  /** Told each attempt's job, so that it can be signalled. */
  readonly signals: { to(job: RunningJob): void };
}

/** Bids for the slot of a call, and runs its command when elected. @throws as `runOnce` */
export function runSlot(call: Call, around: Surroundings): Promise<Outcome<number>> {
  const { settings, login, slot, reporter, io } = call;
  const leaseLost = new StopSwitch();
  const { retries: limit, retryDelay: delay, retryOn: on } = settings;
  const job = async (run: Run | UnlockedRun<NoLock>) => {
    const { runJob } = await import('./run-job.js');
    const env = jobEnvironment(io.env, run, login.secretVariables);
    const { killAfter, timeout } = settings;
    const keepOutput = settings.keepOutput ? OUTPUT_KEPT : undefined;
    const spec = { ...call.command, env, killAfter, timeout, keepOutput, marker: RUN_MARKER };
    const killAfterLoss = Math.max(0, Math.min(killAfter, reserveOf(settings) - KILL_TAKES));
    return runJob(spec, around.signals, { leaseLost, killAfterLoss }, reporter);
  };
  const jobUnlocked = async (run: UnlockedRun) => {
    if (run.attempt === 1) await sayUnlocked(reporter, run, around.record);
    return job(run);
  };
  let isSaid = false;
  const jobInShadow = async (run: UnlockedRun<NoLock>) => {
    if (!isSaid) (await import('./shadow.js')).sayShadow(call, run);
    isSaid = true;
    return job(run);
  };
  return runOnce({
    store: around.store,
    clock: io.clock,
    bid: bidOf(call),
    within: settings.redisTimeout,
    onUnavailable: settings.onRedisDown === 'run' ? jobUnlocked : settings.onRedisDown,
    ...(settings.shadow && { shadow: jobInShadow }),
    now: () => io.now(),
    stop: around.stop,
    waitTimeout: settings.waitTimeout ?? untilNextSlot(slot, io.now()) ?? settings.retain,
    ...(settings.takeover && { turns: settings.maxAttempts }),
    retries: { limit, delay, ...(on && { on }) },
    reserve: reserveOf(settings),
    troubles: troublesOf(settings, reporter, leaseLost),
    isHandedBack: (end) => isHandedBack(end, settings, around),
    ...(around.mayBegin && { mayBegin: around.mayBegin }),
    job(run) {
      sayWon(reporter, run);
      return job(run);
    },
  });
}

function bidOf({ settings, slot, schedule, node, owner, command }: Call): Bid {
  const { key, winners, retain, lease, overlap } = settings;
  const digest = commandDigest([command.command, ...command.args]);
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

/** Whether it was this node's fault. */
function isHandedBack(end: RunEnd, settings: Settings, around: Surroundings): boolean {
  const endedForLease = end.leaseLost === true && settings.onLeaseLost === 'stop';
  return settings.failoverOnError === true || around.isLeaving(end) || endedForLease;
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
