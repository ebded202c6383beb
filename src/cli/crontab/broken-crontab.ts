import { Failure, quotePath } from '../../core/errors.js';
import type { Problem } from '../../schedule/crontab/crontab.js';

/**
 * All that is wrong with a crontab at once: a line each, `FILE:LINE:COLUMN: MESSAGE` as compilers
 * write it and editors read it.
 */
export function brokenCrontab(name: string, problems: readonly Problem[]): Failure {
  const shown = /[\s\p{C}]/u.test(name) ? quotePath(name) : name;
  const lines = [...problems]
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .map(({ line, column, message }) => `${shown}:${line}:${column}: ${message}`);
  return new Failure('config', ['the crontab is refused:', ...lines].join('\n'));
}
