import type { Level } from './level.js';

/** Priorities of syslog(3), as sd-daemon(3) has them at the beginning of a line. */
const PRIORITIES: Readonly<Record<Level, number>> = { error: 3, warning: 4, notice: 5, info: 6 };

/** What the journal takes off a line again, and files it by. */
export function journalPrefix(level: Level): string {
  return `<${PRIORITIES[level]}>`;
}
