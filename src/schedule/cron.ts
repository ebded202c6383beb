import { Cron } from 'croner';
import { quote, usage } from '../core/errors.js';
import type { Schedule } from '../core/slot.js';

/**
 * Reads a cron expression as Debian's cron does.
 *
 * @param timezone an IANA zone; undefined is the node's own
 * @throws Failure `usage`
 */
export function parseCron(expression: string, timezone: string | undefined): Schedule {
  try {
    const cron = new Cron(expression, { mode: '5-part', ...(timezone && { timezone }) });
    return {
      atOrBefore: (instant) =>
        cron.previousRuns(1, new Date(Math.floor(instant / 1000) * 1000 + 1000))[0]?.getTime(),
      after: (instant) => cron.nextRun(new Date(instant))?.getTime(),
    };
  } catch {
    throw usage(`--schedule: ${quote(expression)} is not a cron expression`);
  }
}
