import { isContinuation } from './lines/characters.js';

/** Remembers the end of what a stream said. */
export class Tail {
  readonly #size: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** @param size bytes that are remembered */
  constructor(size: number) {
    this.#size = size;
  }

  /** The last bytes, from the beginning of a character on. */
  get text(): string {
    const bytes = Buffer.concat(this.#chunks).subarray(-this.#size);
    const start = bytes.findIndex((byte) => !isContinuation(byte));
    return bytes.subarray(Math.max(0, start)).toString('utf8');
  }

  remember(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (let [first] = this.#chunks; first !== undefined; [first] = this.#chunks) {
      if (this.#length - first.length < this.#size) break;
      this.#length -= first.length;
      this.#chunks.shift();
    }
  }
}
