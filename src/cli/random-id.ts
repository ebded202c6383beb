import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const BYTES = 16;

/**
 * 128 random bits, as 32 hexadecimal digits. They are read from random(4), because to load
 * node:crypto, which draws from there as well, would cost each node of the fleet 3 ms.
 */
export function randomId(): string {
  const bytes = fromKernel() ?? randomBytes(BYTES);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @returns undefined where there is no such device: a bare chroot, another system */
function fromKernel(): Uint8Array | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync('/dev/urandom', 'r');
    const bytes = new Uint8Array(BYTES);
    return readSync(descriptor, bytes, 0, BYTES, null) === BYTES ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
