import type { Stop } from '../../core/stop.js';

/** What somebody waits for: an entry of a job's history that is newer than one that is known. */
export interface Awaited {
  readonly job: string;
  /** The key of its history. */
  readonly stream: string;
  /** Id of the newest entry that is known. */
  readonly since: string;
}

/** How a store learns that something happened to a run. */
export interface Events {
  /**
   * Waits until there is news, `within` ms are over, or it is told to stop.
   *
   * @throws Failure when nobody can be asked for news
   */
  next(awaited: Awaited, within: number, stop: Stop): Promise<void>;
  /** Ends connections at once; never waits for a server. */
  close(): void;
}
