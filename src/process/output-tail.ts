import type { Readable, Writable } from 'node:stream';

/** ms after the job's end that are given to what it had written to arrive. */
const LAST_WORDS = 100;

/**
 * Passes a stream of the job on to ours, byte for byte, and remembers its end. It is read no faster
 * than ours is written, so that memory stays bounded; the job waits as it would without us.
 */
export class OutputTail {
  readonly #from: Readable;
  readonly #size: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** @param size bytes that are remembered */
  constructor(from: Readable, to: Writable, size: number) {
    this.#from = from;
    this.#size = size;
    // Where nobody reads ours any more, the job learns it as it would without us: by SIGPIPE.
    to.on('error', () => from.destroy());
    from.on('error', () => {});
    from.on('data', (chunk: Buffer) => {
      this.#remember(chunk);
      if (to.write(chunk)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
  }

  /** The last bytes, from the beginning of a character on. */
  get text(): string {
    const bytes = Buffer.concat(this.#chunks).subarray(-this.#size);
    // Bytes that continue a character of UTF-8 begin with the bits 10 (RFC 3629).
    const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
    return bytes.subarray(Math.max(0, start)).toString('utf8');
  }

  /** Resolves when all was read, or soon: a process in the background may hold the stream open. */
  drained(): Promise<void> {
    if (this.#from.readableEnded || this.#from.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LAST_WORDS);
      this.#from.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #remember(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (let [first] = this.#chunks; first !== undefined; [first] = this.#chunks) {
      if (this.#length - first.length < this.#size) break;
      this.#length -= first.length;
      this.#chunks.shift();
    }
  }
}
