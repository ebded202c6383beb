import type { Clock } from '../core/clock.js';
import type { SignalSource } from '../process/signals.js';

/** A stream that our own words go to. Writing is synchronous: a word is out before we exit. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Whether the system's journal reads it: then a line may begin with its priority. */
  readonly isJournal: boolean;
}

/** Everything of the outside world that a command may touch; only entry.ts builds a real one. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opened by who reads it, and by nobody else: it is the job's. */
  stdin(): AsyncIterable<Uint8Array>;
  /** Its write throws Failure `config` where what a command was called for cannot be written. */
  readonly stdout: Output;
  readonly stderr: Output;
  readonly signals: SignalSource;
  /** The wall clock, ms since the epoch. */
  now(): number;
  /** For waiting: never jumps. */
  readonly clock: Clock;
  cwd(): string;
  hostname(): string;
  /** 128 random bits, as 32 hexadecimal digits. */
  randomId(): string;
}
