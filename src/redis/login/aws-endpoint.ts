/** What the name of an endpoint tells about it. */
export interface AwsEndpoint {
  /** Who checks the token. */
  readonly service: 'elasticache' | 'memorydb';
  readonly isServerless: boolean;
  readonly region?: string;
}

/** `clustercfg.name.abc123.memorydb.us-east-1.amazonaws.com` */
const MEMORYDB = /\.memorydb\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/;

/** `master.name.abc123.use1.cache.amazonaws.com`, `name-abc123.serverless.use1.cache.amazonaws.com` */
const ELASTICACHE = /\.([a-z]{2,7}\d)\.cache\.amazonaws\.com(?:\.cn)?$/;

/** `use1`, `usgw1`, `apne2`: ElastiCache writes regions short. */
const SHORT_REGION = /^([a-z]{2})(g?)(n|s|e|w|c|ne|nw|se|sw)(\d)$/;

const DIRECTIONS: Readonly<Record<string, string>> = {
  n: 'north',
  s: 'south',
  e: 'east',
  w: 'west',
  c: 'central',
  ne: 'northeast',
  nw: 'northwest',
  se: 'southeast',
  sw: 'southwest',
};

/** Reads the host name of ElastiCache or MemoryDB; one that is neither's is taken for a name of ElastiCache. */
export function readAwsEndpoint(host: string): AwsEndpoint {
  const [, memoryDbRegion] = MEMORYDB.exec(host) ?? [];
  if (memoryDbRegion !== undefined) {
    return { service: 'memorydb', isServerless: false, region: memoryDbRegion };
  }
  const [, short = ''] = ELASTICACHE.exec(host) ?? [];
  const region = longRegion(short);
  return {
    service: 'elasticache',
    isServerless: short !== '' && host.includes('.serverless.'),
    ...(region !== undefined && { region }),
  };
}

function longRegion(short: string): string | undefined {
  const [, area, government, direction = '', number] = SHORT_REGION.exec(short) ?? [];
  if (area === undefined) return undefined;
  return `${area}${government === '' ? '' : '-gov'}-${DIRECTIONS[direction]}-${number}`;
}
