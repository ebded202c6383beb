import type { Entry, Problem } from '../../schedule/crontab/crontab.js';
import { parseCrontab } from '../../schedule/crontab/parse-crontab.js';
import { Schedules } from '../../schedule/schedules.js';
import { brokenCrontab } from '../crontab/broken-crontab.js';
import { clashes } from '../crontab/clashes.js';
import { readCrontab } from '../crontab/read-crontab.js';
import type { Io } from '../io.js';
import type { Basis } from './basis.js';
import type { DaemonEntry } from './entry.js';
import { entryUsers } from './entry-users.js';
import { readEntry } from './read-entry.js';

/**
 * Reads the crontab, whole: what is wrong in it is said all at once.
 *
 * @throws Failure `config`, a line per problem: `FILE:LINE:COLUMN: …`
 */
export async function loadCrontab(basis: Basis, io: Io): Promise<readonly DaemonEntry[]> {
  const { file, system } = basis.flags;
  const { name, text } = await readCrontab(file, io);
  const { crontab, problems } = parseCrontab(text, { system });
  const written = crontab.lines.filter((line): line is Entry => line.kind === 'entry');
  const users = await entryUsers(written);
  const found: Problem[] = [...problems, ...users.problems];
  const schedules = new Schedules();
  const entries: DaemonEntry[] = [];
  for (const one of written) {
    const entry = readEntry(one, { user: users.of(one), schedules }, basis, io);
    if ('problems' in entry) found.push(...entry.problems);
    else entries.push(entry);
  }
  found.push(...clashes(entries, written));
  if (found.length > 0) throw brokenCrontab(name, found);
  return entries;
}
