import { write } from 'node:fs';
import { type Readable, Writable } from 'node:stream';

/** ms of silence after the job's end after which what it had written has arrived. */
const LAST_WORDS = 100;
/** ms before a full pipe that refuses to wait is tried again. */
const PAUSE = 10;

/**
 * Passes a stream of the job on to a descriptor of ours, byte for byte, and remembers its end. It is
 * read no faster than ours is taken, so that memory stays bounded; the job waits as it would without us.
 */
export class OutputTail {
  readonly #from: Readable;
  readonly #to: Writable;
  readonly #size: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** @param size bytes that are remembered */
  constructor(from: Readable, descriptor: number, size: number) {
    this.#from = from;
    this.#to = writerTo(descriptor);
    this.#size = size;
    // Where nobody takes ours any more, the job learns it as it would without us: by SIGPIPE.
    this.#to.on('error', () => from.destroy());
    from.on('error', () => {});
    from.on('data', (chunk: Buffer) => this.#remember(chunk));
    from.pipe(this.#to);
  }

  /** The last bytes, from the beginning of a character on. */
  get text(): string {
    const bytes = Buffer.concat(this.#chunks).subarray(-this.#size);
    // Bytes that continue a character of UTF-8 begin with the bits 10 (RFC 3629).
    const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
    return bytes.subarray(Math.max(0, start)).toString('utf8');
  }

  /**
   * Resolves when all that the job wrote has been passed on: at the end of its stream, or after a
   * silence, since a process in the background may hold the stream open.
   */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout;
      const look = () => {
        clearTimeout(timer);
        if (this.#to.destroyed || this.#to.writableFinished) return resolve();
        timer = setTimeout(() => (this.#to.writableLength > 0 ? look() : resolve()), LAST_WORDS);
      };
      this.#from.on('data', look);
      this.#to.once('close', look);
      look();
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

/**
 * process.stderr would write to a pipe synchronously: a reader that is slow would hold up renewals,
 * signals and timeouts. This one leaves the waiting to a thread.
 */
function writerTo(descriptor: number): Writable {
  const writeAll = (chunk: Buffer, done: (error?: Error | null) => void) => {
    write(descriptor, chunk, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => writeAll(chunk, done), PAUSE);
      else if (error || written === chunk.length) done(error);
      else writeAll(chunk.subarray(written), done);
    });
  };
  return new Writable({ write: (chunk: Buffer, _encoding, done) => writeAll(chunk, done) });
}
