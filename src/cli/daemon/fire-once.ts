import { Failure } from '../../core/errors.js';
import { spread } from '../../core/jitter.js';
import type { Outcome } from '../../core/outcome.js';
import { type Slot, type SlotDue, slotAt } from '../../core/slot.js';
import type { Ended, Firing, Why } from '../../daemon/job.js';
import type { RunningJob } from '../../process/job.js';
import type { Call } from '../run/call.js';
import { conclude } from '../run/conclude.js';
import { LocalRecord } from '../run/local-record.js';
import { runSlot } from '../run/run-slot.js';
import { jitterOf, type Settings } from '../run/settings.js';
import type { DaemonEntry, EntryTimes } from './entry.js';
import { endWhenLeaving } from './running-jobs.js';
import { sayExit } from './words.js';
import type { World } from './world.js';

/** Bids for a slot of an entry, as `run` would, and runs its command when elected. */
export function fireOnce(
  entry: DaemonEntry,
  times: EntryTimes,
  { at, why }: { readonly at: number; readonly why: Why },
  world: World,
): Firing {
  let elected = (_: boolean) => {};
  const isElected = new Promise<boolean>((resolve) => {
    elected = resolve;
  });
  const slot = slotOf(entry, times, at, why, world);
  const ended = bid(callOf(entry, times, slot, why, world), world, () => elected(true));
  void ended.then((how) => {
    elected(false);
    if (how === 'answered') world.owners.answered(entry.key, slot.id);
  });
  return { elected: isElected, ended };
}

/** A slot that is caught up on may be as late as the operator allows. */
function slotOf(
  { settings }: DaemonEntry,
  { schedule }: EntryTimes,
  at: number,
  why: Why,
  { catchUp = 0 }: World,
): Slot {
  const slot = slotAt(schedule, at, settings);
  if (why === 'due' || slot.due === undefined) return slot;
  const due: SlotDue = { ...slot.due, late: Math.max(slot.due.late, catchUp) };
  return { ...slot, due };
}

/**
 * What is caught up on is run if nobody ran it. A second winner would find that somebody did, and without
 * Redis nobody knows: when it is back, it is asked.
 */
function settingsOf({ settings }: DaemonEntry, why: Why): Settings {
  if (why === 'due') return settings;
  const { onRedisDown } = settings;
  return { ...settings, winners: 1, onRedisDown: onRedisDown === 'run' ? 'fail' : onRedisDown };
}

function callOf(entry: DaemonEntry, times: EntryTimes, slot: Slot, why: Why, world: World): Call {
  const { login, node, io } = world;
  const command = { ...entry.command, output: world.outputFor(entry, slot.id) };
  const reporter = world.reporterFor(entry, slot.id);
  return {
    settings: settingsOf(entry, why),
    login: { ...login, secretVariables: [] },
    slot,
    schedule: times.name,
    node,
    owner: world.owners.of(entry.key, slot.id),
    command,
    reporter,
    io: {
      ...io,
      // What is withheld has been: the crontab may set the same variables for its jobs.
      get env() {
        return world.environmentFor(entry);
      },
    },
  };
}

/** Never rejects: whatever breaks is this slot's, and the next one comes all the same. */
async function bid(call: Call, world: World, elected: () => void): Promise<Ended> {
  const { reporter, settings, slot } = call;
  const { store, leaving, io, turns, owners } = world;
  const record = new LocalRecord(call);
  const jobs = endWhenLeaving(leaving, settings.killAfter);
  try {
    await spread(io.clock, jitterOf(settings), leaving.announced);
    // Another node's claim would find the slot taken by one that does not run it.
    if (leaving.announced.requested) return 'answered';
    let begun = io.clock.monotonic();
    const answered = turns.bid();
    const outcome = await runSlot(call, {
      store,
      record,
      stop: leaving.announced,
      // Jobs that run have their grace; what has not begun never will.
      isLeaving: ({ state }) =>
        state === 'aborted' ? leaving.announced.requested : leaving.due.requested,
      mayBegin() {
        answered();
        owners.answered(settings.key, slot.id);
        return turns.next();
      },
      signals: {
        to(job: RunningJob) {
          begun = io.clock.monotonic();
          elected();
          jobs.to(job);
        },
      },
    }).finally(answered);
    await conclude(call, outcome, { by: 'SIGTERM' }, record);
    if ('value' in outcome) sayExit(reporter, slot.id, outcome.value, io.clock.monotonic() - begun);
    return endedOf(outcome, world);
  } catch (error) {
    if (!(error instanceof Failure)) {
      const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
      reporter.error('bug', `internal error, please report it: ${trace}`);
      return 'answered';
    }
    reporter.error(error.kind, `${slot.id} is not run here: ${error.message}`);
    if (error.kind === 'unavailable') world.unanswered(error);
    return 'unanswered';
  }
}

function endedOf(outcome: Outcome<number>, world: World): Ended {
  if (outcome.kind !== 'undecided') return 'answered';
  world.unanswered(outcome.because);
  return 'unanswered';
}
