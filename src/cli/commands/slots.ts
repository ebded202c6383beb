import { usage } from '../../core/errors.js';
import { slotId } from '../../core/slot.js';
import { parseCron } from '../../schedule/cron.js';
import type { Io } from '../io.js';

/** `redlock-run slots 'CRON'`: the next slots. */
export async function slots(own: readonly string[], io: Io): Promise<number> {
  const [expression] = own;
  if (expression === undefined)
    throw usage("give a cron expression: redlock-run slots '0 3 * * *'");
  const schedule = parseCron(expression, undefined);
  let at: number | undefined = io.now();
  for (let i = 0; i < 5 && at !== undefined; i++) {
    at = schedule.after(at);
    if (at !== undefined) io.stdout.write(`${slotId(at)}\n`);
  }
  return 0;
}
