import type { Place } from '../../../redis/target.js';

/** A managed service, told by its host names. */
export interface Service {
  readonly name: string;
  /** Scales, fails over and keeps its data by itself. */
  readonly serverless: boolean;
  /** Keeps every acknowledged write. */
  readonly durable: boolean;
  /** Where servers are added to it. */
  readonly nodes: string;
  /** Where its settings are. */
  readonly settings: string;
}

const SERVICES: readonly (readonly [RegExp, Service])[] = [
  [
    /\.serverless\.[a-z0-9-]+\.cache\.amazonaws\.com(\.cn)?$/,
    {
      name: 'ElastiCache Serverless',
      serverless: true,
      durable: false,
      nodes: 'the cache in the ElastiCache console',
      settings: 'the cache in the ElastiCache console; AWS manages most of it',
    },
  ],
  [
    /\.cache\.amazonaws\.com(\.cn)?$/,
    {
      name: 'ElastiCache',
      serverless: false,
      durable: false,
      nodes: 'the cache in the ElastiCache console',
      settings: "the cache's parameter group in the ElastiCache console",
    },
  ],
  [
    /\.memorydb\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/,
    {
      name: 'MemoryDB',
      serverless: false,
      durable: true,
      nodes: 'the cluster in the MemoryDB console',
      settings: "the cluster's parameter group in the MemoryDB console",
    },
  ],
  [
    /\.redis(enterprise)?\.(cache\.windows|azure)\.net$/,
    {
      name: 'Azure',
      serverless: false,
      durable: false,
      nodes: 'the cache in the Azure portal',
      settings: "the cache's advanced settings in the Azure portal",
    },
  ],
];

/** @returns undefined for a server of one's own, or one whose host name does not tell */
export function serviceAt(place: Place): Service | undefined {
  if (place.kind === 'unix') return undefined;
  const host = place.host.toLowerCase();
  return SERVICES.find(([pattern]) => pattern.test(host))?.[1];
}
