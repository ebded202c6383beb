import { Failure } from '../../core/errors.js';
import { spread } from '../../core/jitter.js';
import type { Outcome } from '../../core/outcome.js';
import { catchSignals, type SignalRelay } from '../../process/signals.js';
import { exitCodeOf } from '../exit-codes.js';
import type { Call } from './call.js';
import { conclude } from './conclude.js';
import { LocalRecord } from './local-record.js';
import { runSlot } from './run-slot.js';
import { jitterOf } from './settings.js';
import { StopOnSignal } from './stop-on-signal.js';
import { storeOptions } from './store-options.js';

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
  const { settings, login, io } = call;
  await spread(io.clock, jitterOf(settings), stop);
  if (stop.requested) return { kind: 'stopped', because: 'told' };
  const { openStore } = await import('../../redis/open-store.js');
  const store = openStore(login.targets, storeOptions(settings, io.clock));
  // A person's Ctrl-C is meant for the job, a SIGTERM for the node.
  const isLeaving = () => stop.by === 'SIGTERM';
  return runSlot(call, { store, record, stop, isLeaving, signals });
}
