import { usage } from '../../core/errors.js';
import { type CrontabText, readCrontab } from '../crontab/read-crontab.js';
import { plural } from '../doctor/quantity.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { createReporter, type Reporter } from '../reporter.js';
import { unifiedDiff } from '../wrap/diff.js';
import { parseWrapFlags, type WrapFlags, wrapHelp } from '../wrap/flags.js';
import { type Warning, warningsOf } from '../wrap/warnings.js';
import { type WrappedCrontab, wrapCrontab } from '../wrap/wrap-crontab.js';
import { writeNewFile } from '../wrap/write-new-file.js';
import { zoneHere } from '../wrap/zone.js';

/**
 * `redlock-run wrap CRONTAB`: the same crontab with every entry wrapped, as a diff.
 *
 * @throws Failure `usage` or `config`
 */
export async function wrap(
  own: readonly string[],
  io: Io,
  job?: readonly string[],
): Promise<number> {
  if (job !== undefined) throw usage('wrap runs no command; leave -- and what follows it out');
  const flags = parseWrapFlags(own);
  if (flags === 'help') {
    io.stdout.write(wrapHelp());
    return EXIT.ok;
  }
  const { program } = flags;
  const crontab = await readCrontab(flags.crontab, io);
  const forAll = { program, flags: flags.flags, here: zoneHere(io.env), now: io.now() };
  const wrapped = await wrapCrontab(crontab, flags.system, forAll);
  await handOut(wrapped, crontab, flags, io);
  tell(wrapped, warningsOf(wrapped, crontab, program), await reporterFor(flags, io));
  return EXIT.ok;
}

async function handOut(
  { text }: WrappedCrontab,
  crontab: CrontabText,
  { write }: WrapFlags,
  io: Io,
): Promise<void> {
  if (write === '-') return io.stdout.write(text);
  if (write !== undefined) return writeNewFile(write, text, crontab.mode);
  const lines = unifiedDiff(crontab.text, text, crontab.name);
  const coloured = io.stdout.isTTY && !io.env.NO_COLOR;
  const { paintDiff } = coloured ? await import('../paint.js') : { paintDiff: undefined };
  io.stdout.write(lines.map((line) => `${paintDiff?.(line) ?? line}\n`).join(''));
}

function tell(
  { wrapped, leftAlone }: WrappedCrontab,
  warnings: readonly Warning[],
  reporter: Reporter,
): void {
  for (const { event, line, message } of warnings) reporter.warn(event, message, { line });
  const left = leftAlone.length === 0 ? '' : `, ${leftAlone.length} left alone`;
  const done =
    wrapped.length === 0 ? 'nothing to wrap' : `${plural(wrapped.length, 'line')} wrapped`;
  reporter.notice('wrapped', done + left);
}

async function reporterFor({ volume }: WrapFlags, { env, stderr, now }: Io): Promise<Reporter> {
  const coloured = stderr.isTTY && !env.NO_COLOR;
  const { paint } = coloured ? await import('../paint.js') : { paint: undefined };
  return createReporter({ stderr, now, volume, format: 'text', ...(paint && { paint }) });
}
