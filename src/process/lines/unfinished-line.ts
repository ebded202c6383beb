import { endOfCharacters } from './characters.js';

/** Bytes up to which a line is kept whole, with its end. */
const LONGEST = 1024 * 1024;
/** Bytes that every stream may hold without asking. */
const OWN = 64 * 1024;
const FIRST = 1024;

/** Memory that the unfinished lines of all streams share, for those that are long. */
export class LineMemory {
  #free: number;

  /** @param bytes on top of 64 KiB for each stream */
  constructor(bytes: number) {
    this.#free = bytes;
  }

  borrow(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#free += bytes;
  }
}

/**
 * The line that a stream has begun. It is one piece of memory that grows: a job that writes byte by byte
 * would otherwise make an object of each.
 */
export class UnfinishedLine {
  readonly #shared: LineMemory;
  #memory = Buffer.alloc(0);
  #length = 0;

  constructor(shared: LineMemory) {
    this.#shared = shared;
  }

  /** All of it, until it is changed. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** Its whole characters, until it is changed. */
  get characters(): Buffer {
    return this.bytes.subarray(0, endOfCharacters(this.bytes));
  }

  /** @returns what there is no room for */
  add(bytes: Buffer): Buffer {
    this.#growTo(this.#length + bytes.length);
    const taken = bytes.copy(this.#memory, this.#length);
    this.#length += taken;
    return bytes.subarray(taken);
  }

  /** Takes the first bytes away. */
  drop(length: number): void {
    this.#memory.copy(this.#memory, 0, length, this.#length);
    this.#length -= length;
  }

  clear(): void {
    this.#length = 0;
    if (this.#memory.length === FIRST) return;
    this.#shared.giveBack(borrowedBy(this.#memory.length));
    this.#memory = Buffer.alloc(0);
  }

  /** As far as there is memory: doubled each time, so that few bytes are copied more than twice. */
  #growTo(wanted: number): void {
    let size = Math.max(this.#memory.length, FIRST);
    while (size < Math.min(wanted, LONGEST)) size *= 2;
    if (size <= this.#memory.length) return;
    if (!this.#shared.borrow(borrowedBy(size) - borrowedBy(this.#memory.length))) {
      if (this.#memory.length >= OWN) return;
      size = OWN;
    }
    const memory = Buffer.allocUnsafeSlow(size);
    this.#memory.copy(memory, 0, 0, this.#length);
    this.#memory = memory;
  }
}

/** Of so much memory for a line, the part that is not the stream's own. */
function borrowedBy(size: number): number {
  return Math.max(0, size - OWN);
}
