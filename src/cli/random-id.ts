import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const BYTES = 16;

/**
 * 128 random bits, as 32 hexadecimal digits. They are read from random(4), because loading
 * node:crypto, which draws from there as well, costs a loser as much as all its own work.
 */
export function randomId(): string {
  return (fromKernel() ?? randomBytes(BYTES)).toString('hex');
}

/** @returns undefined where there is no such device: a bare chroot, another system */
function fromKernel(): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync('/dev/urandom', 'r');
    const bytes = Buffer.alloc(BYTES);
    return readSync(descriptor, bytes, 0, BYTES, null) === BYTES ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
