import type { Readable } from 'node:stream';
import type { Sink } from './sink.js';

/** ms of silence after the job's end after which what it had written has arrived. */
const LAST_WORDS = 100;
/** ms after which what still comes is said by somebody in the background, not by the job. */
const LONGEST_LAST_WORDS = 1_000;
/** Bytes of which the same is true: more than a socket pair holds (net.core.wmem_max in socket(7)). */
const MOST_LAST_WORDS = 1024 * 1024;

/**
 * Reads a stream of the job, no faster than the sink takes it, so that memory stays bounded: the job
 * waits as it would without us. Goes on after the job's end, as long as somebody holds the stream.
 */
export class StreamReader {
  readonly #sink: Sink;
  readonly #ended: Promise<void>;
  #bytes = 0;
  #isTaking = false;
  #isOver = false;

  /** @param seen is shown every chunk before the sink */
  constructor(from: Readable, sink: Sink, seen: (chunk: Buffer) => void = () => {}) {
    this.#sink = sink;
    this.#ended = this.#read(from, seen);
  }

  /**
   * To be called at the job's end. Resolves when all that it wrote has been passed on: at the end of its
   * stream, or after a silence, since a process in the background may hold the stream open.
   */
  async drained(): Promise<void> {
    this.#sink.hurry?.();
    const begin = performance.now();
    const most = this.#bytes + MOST_LAST_WORDS;
    for (let before = -1; !this.#isOver && this.#bytes < most; ) {
      const isQuiet = before === this.#bytes || performance.now() - begin > LONGEST_LAST_WORDS;
      if (isQuiet && !this.#isTaking) break;
      before = this.#bytes;
      await this.#endedWithin(LAST_WORDS);
    }
    await this.#sink.finish();
  }

  async #read(from: Readable, seen: (chunk: Buffer) => void): Promise<void> {
    try {
      for await (const chunk of from) {
        this.#isTaking = true;
        this.#bytes += chunk.length;
        seen(chunk);
        await this.#sink.take(chunk);
        this.#isTaking = false;
      }
      await this.#sink.finish();
    } catch {
      // Nobody takes it, and leaving the loop has closed the stream; or the stream itself broke.
    }
    this.#isOver = true;
  }

  async #endedWithin(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#ended, silence]);
    clearTimeout(timer);
  }
}
