import { Chalk } from 'chalk';
import type { Level } from './level.js';

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

/** As git(1) and diff(1) colour a unified diff. */
export function paintDiff(line: string): string {
  if (line.startsWith('---') || line.startsWith('+++')) return chalk.bold(line);
  switch (line[0]) {
    case '-':
      return chalk.red(line);
    case '+':
      return chalk.green(line);
    case '@':
      return chalk.cyan(line);
    default:
      return line;
  }
}
