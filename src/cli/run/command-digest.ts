/**
 * Tells whether nodes run the same command, as 16 hexadecimal digits. Not cryptographic: FNV-1a
 * (http://www.isthe.com/chongo/tech/comp/fnv/), twice with different beginnings, costs nothing at
 * start-up where a hash of the crypto module would.
 */
export function commandDigest(words: readonly string[]): string {
  const bytes = new TextEncoder().encode(words.join('\0'));
  return [0x811c9dc5, 0x050c5d1f].map((start) => fnv1a(bytes, start)).join('');
}

function fnv1a(bytes: Uint8Array, start: number): string {
  let hash = start;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
