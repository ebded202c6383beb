import type { Outcome } from '../../core/outcome.js';
import { EXIT } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import type { Call } from './call.js';
import type { LocalRecord } from './local-record.js';
import { saySkipped, sayUndecided } from './words.js';

/** Turns an outcome into words and an exit code. */
export async function conclude(
  call: Call,
  outcome: Outcome<number>,
  stop: { readonly by: NodeJS.Signals | undefined },
  record: LocalRecord,
): Promise<number> {
  const { settings, slot, reporter, io } = call;
  switch (outcome.kind) {
    case 'ran':
      return outcome.value;
    case 'skipped': {
      const { verdict, decidedAt } = outcome;
      const subject = { key: settings.key, slot: slot.id, decidedAt, localTime: io.now() };
      saySkipped(reporter, verdict, subject);
      return settings.skipExitCode;
    }
    case 'undecided': {
      const { because, phase } = outcome;
      sayUndecided(reporter, `${settings.key} ${slot.id}`, phase, because);
      await record.leave('skipped', { phase, reason: because.message });
      return settings.skipExitCode;
    }
    case 'unlocked': {
      const { run, value, told } = outcome;
      const { attempt, owner } = run;
      if (run.shadow) {
        const { recordShadow } = await import('./shadow.js');
        await recordShadow(call, run, { exit: value, told }, record);
        return value;
      }
      // The history has it, or nobody has.
      if (!told) await record.leave('unlocked-ended', { owner, attempt, exit: value });
      return value;
    }
    case 'stopped':
      return sayStopped(reporter, outcome.because, stop);
  }
}

async function sayStopped(
  reporter: Reporter,
  because: Extract<Outcome<number>, { kind: 'stopped' }>['because'],
  stop: { readonly by: NodeJS.Signals | undefined },
): Promise<number> {
  if (because === 'lease-lost') {
    reporter.error('lease-lost', 'the lease ran out before the job began; it is not run');
    return EXIT.leaseLost;
  }
  const { constants } = await import('node:os');
  const signal = stop.by ?? 'SIGTERM';
  if (because === 'told') {
    reporter.warn('aborted', `told to stop by ${signal} before the job began; it is not run`);
  } else {
    reporter.info('stopped', `told to stop by ${signal}; no longer standing by`);
  }
  return EXIT.signal + constants.signals[signal];
}
