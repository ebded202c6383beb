import { sleep } from '../../core/clock.js';
import { planRetry } from '../../core/retries.js';
import { type Slot, slotId } from '../../core/slot.js';
import { NEVER } from '../../core/stop.js';
import type { Ended, Firing } from '../../daemon/job.js';
import type { Reporter } from '../reporter.js';
import { jobEnvironment, type LocalRun, RUN_MARKER } from '../run/job-environment.js';
import { type LeaseLoss, runJob } from '../run/run-job.js';
import type { DaemonEntry } from './entry.js';
import { endWhenLeaving } from './running-jobs.js';
import { sayExit } from './words.js';
import type { World } from './world.js';

/** Keys of the entries that run here without a bid: no slot of theirs begins beside an earlier one. */
export type RunningHere = Set<string>;

/**
 * Runs an entry that every node runs: nobody is asked, and nothing is recorded. It does not overlap
 * itself on this node, unless it may.
 */
export function fireEverywhere(
  entry: DaemonEntry,
  at: number,
  world: World,
  here: RunningHere,
): Firing {
  const { key, settings } = entry;
  const slot = { id: slotId(at) };
  const reporter = world.reporterFor(entry, slot.id);
  if (world.leaving.announced.requested) return NOTHING;
  // What bids by itself knows by itself what to do beside an earlier run.
  const mayOverlap = entry.runs === 'wrapped' || settings.overlap === 'allow';
  if (here.has(key) && !mayOverlap) {
    reporter.warn('overlapped', `${slot.id} is not run here: an earlier run is alive`);
    return NOTHING;
  }
  here.add(key);
  const ended = attempts(entry, slot, world, reporter).finally(() => here.delete(key));
  return { elected: Promise.resolve(true), ended };
}

const NOTHING: Firing = { elected: Promise.resolve(false), ended: Promise.resolve('answered') };

async function attempts(
  entry: DaemonEntry,
  slot: Slot,
  world: World,
  reporter: Reporter,
): Promise<Ended> {
  const { key, settings } = entry;
  const { io, node, leaving } = world;
  const command = { ...entry.command, output: world.outputFor(entry, slot.id) };
  const env = world.environmentFor(entry);
  const { killAfter, timeout, retries: limit, retryDelay: delay, retryOn: on } = settings;
  const jobs = endWhenLeaving(leaving, killAfter);
  const owner = io.randomId();
  for (let made = 0; ; made++) {
    const run: LocalRun = { key, slot, node, owner, attempt: made + 1 };
    const jobEnv = jobEnvironment(env, run, []);
    await world.turns.next();
    if (leaving.announced.requested) return 'answered';
    const begun = io.clock.monotonic();
    const spec = { ...command, env: jobEnv, killAfter, timeout, marker: RUN_MARKER };
    const { value, end } = await runJob(spec, jobs, NO_LEASE, reporter);
    sayExit(reporter, slot.id, value, io.clock.monotonic() - begun);
    const pause = planRetry({ limit, delay, ...(on && { on }) }, made, end, io.clock.random());
    if (pause === undefined || leaving.announced.requested) return 'answered';
    await sleep(io.clock, pause, leaving.announced);
  }
}

const NO_LEASE: LeaseLoss = { leaseLost: NEVER, killAfterLoss: 0 };
