import { usage } from '../../core/errors.js';
import { asCron } from '../doctor/as-cron.js';
import { examine } from '../doctor/examine.js';
import { doctorHelp, parseDoctorFlags } from '../doctor/flags.js';
import { makeReport } from '../doctor/report.js';
import { renderReport } from '../doctor/text.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';

/** There is a problem. */
const UNFIT = 1;

/**
 * `redlock-run doctor`: is this Redis, this node and this cron environment fit?
 *
 * @returns 0 when there is no problem, else 1
 * @throws Failure `usage`
 */
export async function doctor(
  own: readonly string[],
  io: Io,
  job?: readonly string[],
): Promise<number> {
  if (job !== undefined) throw usage('doctor runs no command; leave -- and what follows it out');
  const flags = parseDoctorFlags(own);
  if (flags === 'help') {
    io.stdout.write(doctorHelp());
    return EXIT.ok;
  }
  if (flags.asCron) return asCron(own, io);
  const report = makeReport(await examine(flags, io), io.now());
  if (flags.json) {
    io.stdout.write(`${JSON.stringify(report)}\n`);
  } else {
    const coloured = io.stdout.isTTY && !io.env.NO_COLOR;
    const { paint } = coloured ? await import('../paint.js') : { paint: undefined };
    io.stdout.write(renderReport(report, paint));
  }
  return report.fit ? EXIT.ok : UNFIT;
}
