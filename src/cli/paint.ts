import { Chalk } from 'chalk';
import type { Level } from './reporter.js';

/**
 * Colours for a terminal. The level is set by hand: chalk would read the job's own `--color` and
 * ignores NO_COLOR (https://no-color.org).
 */
const chalk = new Chalk({ level: 1 });

export function paint(level: Level, text: string): string {
  switch (level) {
    case 'error':
      return chalk.red(text);
    case 'warning':
      return chalk.yellow(text);
    default:
      return chalk.dim(text);
  }
}
