import { usage } from '../../core/errors.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { parseSlotsFlags, slotsHelp } from './slots/flags.js';
import { makeReport } from './slots/report.js';
import { renderReport } from './slots/text.js';

/**
 * `redlock-run slots 'CRON'`: the next slots, the schedule in plain words, and what the next clock
 * changes do to it.
 *
 * @throws Failure `usage`
 */
export async function slots(
  own: readonly string[],
  io: Io,
  job?: readonly string[],
): Promise<number> {
  if (job !== undefined) throw usage('slots runs no command; leave -- and what follows it out');
  const flags = parseSlotsFlags(own);
  if (flags === 'help') {
    io.stdout.write(slotsHelp());
    return EXIT.ok;
  }
  const report = makeReport(flags, io.now());
  io.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : renderReport(report));
  return EXIT.ok;
}
