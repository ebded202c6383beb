import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const BYTES = 16;
/** Drawn at once: the ids of a hundred claims that leave together cost two reads. */
const DRAWN = 64 * BYTES;

let drawn = new Uint8Array();

/**
 * 128 random bits, as 32 hexadecimal digits. They are read from random(4), because to load
 * node:crypto, which draws from there as well, would cost each node of the fleet 3 ms.
 */
export function randomId(): string {
  if (drawn.length === 0) drawn = fromKernel() ?? randomBytes(DRAWN);
  const bytes = drawn.subarray(0, BYTES);
  drawn = drawn.subarray(BYTES);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @returns undefined where there is no such device: a bare chroot, another system */
function fromKernel(): Uint8Array<ArrayBuffer> | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync('/dev/urandom', 'r');
    const bytes = new Uint8Array(DRAWN);
    return readSync(descriptor, bytes, 0, DRAWN, null) === DRAWN ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
