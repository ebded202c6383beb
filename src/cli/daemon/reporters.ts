import type { Io } from '../io.js';
import { createReporter, type Fields, type Reporter, type ReporterOptions } from '../reporter.js';
import type { Settings } from '../run/settings.js';

/** What a log that is read the day after must hold: what ran here, not what did not. */
const HEARD: ReadonlySet<string> = new Set([
  'ready',
  'won',
  'finished',
  'reloaded',
  'redis-back',
  'leaving',
]);

export interface Reporters {
  /** Speaks of the daemon itself. */
  readonly own: Reporter;
  /** Speaks of one run. */
  about(subject: string, fields: Fields): Reporter;
}

export async function createReporters(
  { verbose, quiet, log }: Settings,
  node: string,
  io: Io,
): Promise<Reporters> {
  const coloured = log === 'text' && io.stderr.isTTY && !io.env.NO_COLOR;
  const { paint } = coloured ? await import('../paint.js') : { paint: undefined };
  const options: ReporterOptions = {
    stderr: io.stderr,
    now: () => io.now(),
    volume: verbose ? 'verbose' : quiet ? 'quiet' : 'normal',
    heard: HEARD,
    format: log,
    ...(paint && { paint }),
  };
  return {
    own: createReporter(options, { node }),
    about: (subject, fields) => createReporter({ ...options, subject }, { ...fields, node }),
  };
}
