/** Bytes that continue a character of UTF-8 begin with the bits 10 (RFC 3629). */
export function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

const LONGEST_CHARACTER = 4;

/**
 * How many bytes are left when a character of UTF-8 that has been begun at the end is left out. Bytes that
 * are no UTF-8 stay.
 */
export function endOfCharacters(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let begin = length - 1; begin >= 0 && begin > length - LONGEST_CHARACTER; begin--) {
    const first = bytes[begin];
    if (first === undefined || isContinuation(first)) continue;
    return begin > 0 && begin + sizeOf(first) > length ? begin : length;
  }
  return length;
}

/** Bytes of the character that begins with this one. */
function sizeOf(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}
