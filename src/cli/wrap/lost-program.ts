import { findCommand } from '../../process/find-command.js';
import type { Entry } from '../../schedule/crontab/crontab.js';
import { cronEnvironment } from '../doctor/node/cron.js';

/** Lines whose program cron would not find on this machine. */
export interface LostProgram {
  /** The first of them. */
  readonly line: number;
  /** In which it was sought. */
  readonly path: string;
  readonly reason: string;
}

/** Looks for what the wrapped lines call as cron will, once for each PATH that is in effect. */
export function lostPrograms(program: string, entries: readonly Entry[]): readonly LostProgram[] {
  const usual = cronEnvironment();
  const seen = new Set<string>();
  return entries.flatMap(({ line, environment }) => {
    const path = environment.get('PATH') ?? usual.PATH;
    if (seen.has(path)) return [];
    seen.add(path);
    const found = findCommand(program, { path, cwd: environment.get('HOME') ?? usual.HOME });
    return found.kind === 'found' ? [] : [{ line, path, reason: found.reason }];
  });
}
