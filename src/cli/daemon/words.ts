import { formatDuration } from '../../core/duration.js';
import type { Reporter } from '../reporter.js';

/** ms, to the second where that is enough. */
export function rounded(ms: number): string {
  return formatDuration(ms < 1_000 ? Math.round(ms) : Math.round(ms / 1_000) * 1_000);
}

/** `1 entry`, `2 entries` */
export function howMany({ length }: readonly unknown[]): string {
  return length === 1 ? '1 entry' : `${length} entries`;
}

/** A failed job is nobody's exit code here: it is said aloud. */
export function sayExit(reporter: Reporter, slot: string, exit: number, ms: number): void {
  const after = `after ${rounded(ms)}`;
  if (exit === 0) reporter.info('finished', `finished ${slot} ${after}`, { exit });
  else reporter.error('failed', `failed ${slot} ${after}, exit ${exit}`, { exit });
}
