/** Where one stream of a job goes. */
export interface Sink {
  /**
   * Resolves when it is ready for more: until then the job's stream is not read, and the job waits.
   * Rejects when nobody takes it any more: the stream is closed then, which the job learns by SIGPIPE.
   */
  take(chunk: Buffer): Promise<void>;
  /** Nothing more has come for a while, or will come: what was kept back is passed on. */
  finish(): Promise<void>;
  /** The job has ended: nobody should wait long for the sink from now on, if it can lose anything. */
  hurry?(): void;
}
