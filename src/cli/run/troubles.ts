import type { Troubles } from '../../core/run-leased.js';
import type { StopSwitch } from '../../core/stop.js';
import type { Reporter } from '../reporter.js';
import type { Settings } from './settings.js';

/** Says what goes wrong around a run, and asks for its end where that is wished. */
export function troublesOf(
  settings: Settings,
  reporter: Reporter,
  leaseLost: StopSwitch,
): Troubles {
  return {
    leaseLost() {
      if (settings.onLeaseLost === 'stop') return leaseLost.request();
      reporter.warn('lease-lost', 'the lease was lost while the job runs; it goes on');
    },
    notRetried: () =>
      reporter.warn('lease-lost', 'the lease was lost before the next attempt; there is none'),
    restated: () =>
      reporter.warn('restated', 'Redis had lost its data; slot and lease were stated again'),
    notRecorded: (_, cause) =>
      reporter.warn('not-recorded', `the run's end was not recorded: ${reasonOf(cause)}`),
  };
}

function reasonOf(cause: unknown): string {
  if (cause === undefined) return 'it is no longer ours';
  return cause instanceof Error ? cause.message : String(cause);
}
