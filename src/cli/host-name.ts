import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * This machine's name. Linux tells it in a file (proc(5)), which is read in a tenth of the time that
 * node:os takes to load.
 */
export function hostName(): string {
  try {
    const name = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
    if (name !== '') return name;
  } catch {
    // Another system, or no /proc.
  }
  return hostname();
}
