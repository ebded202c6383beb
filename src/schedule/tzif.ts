import { posixZone } from './posix-tz.js';
import type { Zone } from './zone.js';

const HEADER = 44;
const SECOND = 1_000;

/** What the six counts of a header say, in their order. */
interface Counts {
  readonly utcFlags: number;
  readonly standardFlags: number;
  readonly leaps: number;
  readonly changes: number;
  readonly types: number;
  readonly letters: number;
}

/**
 * Reads a compiled zone file, as zic(8) writes them: RFC 9636 (TZif), version 2 or later.
 *
 * @returns undefined for what is not one, is damaged, or counts leap seconds
 */
export function tzifZone(file: Uint8Array): Zone | undefined {
  try {
    return readZone(new DataView(file.buffer, file.byteOffset, file.byteLength));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readZone(view: DataView): Zone | undefined {
  const old = readHeader(view, 0);
  if (old === undefined) return undefined;
  // The first block has 32-bit times, for readers of version 1.
  const start = HEADER + bodyLength(old, 4);
  const counts = readHeader(view, start);
  if (counts === undefined || counts.leaps > 0 || counts.types === 0) return undefined;

  const footer = readFooter(view, start + HEADER + bodyLength(counts, 8));
  // Read when needed: most files list their changes up to 2037.
  let rest: Zone | undefined;
  const times = start + HEADER;
  const kinds = times + counts.changes * 8;
  const types = kinds + counts.changes;
  const changedAt = (i: number) => Number(view.getBigInt64(times + i * 8)) * SECOND;
  const offsetOf = (type: number) => view.getInt32(types + type * 6) * SECOND;
  return {
    offsetAt(instant) {
      const past = countUpTo(counts.changes, (i) => changedAt(i) <= instant);
      const last = offsetOf(past === 0 ? 0 : view.getUint8(kinds + past - 1));
      if (past < counts.changes) return last;
      rest ??= posixZone(footer) ?? { offsetAt: () => last };
      return rest.offsetAt(instant);
    },
  };
}

function readHeader(view: DataView, at: number): Counts | undefined {
  const magic = view.getUint32(at);
  const version = view.getUint8(at + 4);
  if (magic !== 0x545a6966 || version < 0x32) return undefined;
  const [utcFlags = 0, standardFlags = 0, leaps = 0, changes = 0, types = 0, letters = 0] = [
    20, 24, 28, 32, 36, 40,
  ].map((place) => view.getUint32(at + place));
  return { utcFlags, standardFlags, leaps, changes, types, letters };
}

function bodyLength(counts: Counts, timeSize: 4 | 8): number {
  return (
    counts.changes * (timeSize + 1) +
    counts.types * 6 +
    counts.letters +
    counts.leaps * (timeSize + 4) +
    counts.standardFlags +
    counts.utcFlags
  );
}

/** The rule for the time after the last change, between two line feeds. */
function readFooter(view: DataView, at: number): string {
  let text = '';
  for (let i = at + 1; view.getUint8(i) !== 0x0a; i++)
    text += String.fromCharCode(view.getUint8(i));
  return text;
}

/** How many of 0…length-1 hold, where those that hold come first. */
function countUpTo(length: number, holds: (i: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
