import type { ServerFacts } from '../../../redis/survey/server-facts.js';
import type { Topology } from '../../../redis/target.js';
import type { Finding } from '../finding.js';

/** What the checks of a server know besides its facts. */
export interface CheckContext {
  readonly topology: Topology['kind'];
  /** Whether enough of several masters are reached without this one. */
  readonly isSpare: boolean;
  readonly prefix: string;
  /** `--replicas`: how many a claim must reach. */
  readonly wantedReplicas: number;
  /** `--retain`, ms. */
  readonly retain: number;
  /** ms since the epoch. */
  readonly now: number;
}

/** Judges one theme. Pure. */
export type Check = (facts: ServerFacts, context: CheckContext) => readonly Finding[];
