import { fstatSync, write } from 'node:fs';
import { NEVER, type Stop } from '../core/stop.js';

/** Bytes that may wait for a reader before those who write have to wait. */
const ROOM = 256 * 1024;
/** So many may wait of words that cannot be held back: however much of the jobs' waits, they are not lost for it. */
const ROOM_FOR_WORDS = 64 * 1024;
/** ms before a full pipe that refuses to wait is tried again. */
const PAUSE = 10;

interface Waiting {
  readonly make: () => Buffer;
  readonly resolve: (taken: boolean) => void;
}

/**
 * The one writer to a descriptor of ours. What several jobs and we ourselves have to say comes out one
 * after the other, each piece whole, with a bounded number of bytes in memory.
 *
 * process.stderr would write to a pipe synchronously: a reader that is slow would hold up renewals,
 * signals and timeouts. This one leaves the waiting to a thread.
 */
export class Outlet {
  readonly #descriptor: number;
  #queue: Buffer[] = [];
  /** Bytes of the queue, and of what is being written. */
  #length = 0;
  /** Of them, those of our own words. */
  #words = 0;
  #isWriting = false;
  readonly #waiting = new Set<Waiting>();
  #flushed: (() => void)[] = [];
  #failure: Error | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Why the newest write failed: nobody reads any more, the disk is full. Later ones are tried all the same. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * Waits for its turn, and for room.
   *
   * @param make makes the bytes when there is room for them, so that those that wait take no memory
   * @param stop when requested, it is waited no longer
   * @returns whether the bytes were taken; they are written some time later
   */
  put(make: () => Buffer, stop: Stop = NEVER): Promise<boolean> {
    if (this.#hasRoom && this.#waiting.size === 0) {
      this.#push(make());
      return Promise.resolve(true);
    }
    if (stop.requested) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        make,
        resolve: (taken) => {
          cancel();
          resolve(taken);
        },
      };
      const cancel = stop.whenRequested(() => {
        if (this.#waiting.delete(waiting)) resolve(false);
      });
      this.#waiting.add(waiting);
    });
  }

  /** For words of our own, which cannot wait; dropped when nobody has read for long. */
  say(text: string): void {
    const bytes = Buffer.from(text);
    if (this.#words + bytes.length > ROOM_FOR_WORDS) return;
    this.#words += bytes.length;
    this.#push(bytes);
  }

  /** Resolves when all that was taken so far and since has been written, or could not be. */
  flushed(): Promise<void> {
    if (this.#length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#flushed.push(resolve));
  }

  get #hasRoom(): boolean {
    return this.#length < ROOM;
  }

  #push(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#length += bytes.length;
    this.#writeNext();
  }

  #writeNext(): void {
    const [first] = this.#queue;
    if (this.#isWriting || first === undefined) return;
    const bytes = this.#queue.length === 1 ? first : Buffer.concat(this.#queue);
    this.#queue = [];
    const words = this.#words;
    this.#isWriting = true;
    writeAll(this.#descriptor, bytes, (error) => {
      this.#isWriting = false;
      this.#failure = error ?? undefined;
      this.#length -= bytes.length;
      this.#words -= words;
      this.#admit();
      this.#writeNext();
      if (this.#length === 0) for (const resolve of this.#flushed.splice(0)) resolve();
    });
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (!this.#hasRoom) return;
      this.#waiting.delete(waiting);
      this.#push(waiting.make());
      waiting.resolve(true);
    }
  }
}

/** Our standard output and error; one outlet where both are the same pipe, so that no line is torn. */
export function standardOutlets(): { readonly stdout: Outlet; readonly stderr: Outlet } {
  const stdout = new Outlet(1);
  return { stdout, stderr: isSameFile(1, 2) ? stdout : new Outlet(2) };
}

function isSameFile(one: number, other: number): boolean {
  try {
    const [a, b] = [fstatSync(one, { bigint: true }), fstatSync(other, { bigint: true })];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    // One of them is closed.
    return false;
  }
}

function writeAll(descriptor: number, bytes: Buffer, done: (error: Error | null) => void): void {
  write(descriptor, bytes, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(() => writeAll(descriptor, bytes, done), PAUSE);
    else if (error || written === bytes.length) done(error);
    else writeAll(descriptor, bytes.subarray(written), done);
  });
}
