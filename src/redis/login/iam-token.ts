import aws4 from 'aws4';

/** Whom the token lets in, and where. */
export interface IamLogin {
  /** The user of ElastiCache or MemoryDB; its id and its name are the same. */
  readonly user: string;
  /** The replication group, serverless cache, or MemoryDB cluster. */
  readonly cache: string;
  readonly region: string;
  readonly service: 'elasticache' | 'memorydb';
  readonly isServerless: boolean;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** s; the longest that AWS takes. It need only last until the connection has logged in. */
const LIFETIME = 900;

/**
 * The password of an IAM login: a request that is signed and never sent, less its `http://`
 * (docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html).
 *
 * @param now ms since the epoch
 */
export function iamToken(login: IamLogin, credentials: AwsCredentials, now: number): string {
  // AWS keeps names of caches in lower case, and compares what was signed.
  const host = login.cache.toLowerCase();
  const query = [
    ['Action', 'connect'],
    ['User', login.user],
    ...(login.isServerless ? [['ResourceType', 'ServerlessCache']] : []),
    ['X-Amz-Expires', String(LIFETIME)],
    ['X-Amz-Date', new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, '')],
  ];
  const path = `/?${query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')}`;
  const { service, region } = login;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signed = aws4.sign(
    { service, region, path, signQuery: true, headers: { Host: host } },
    { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  );
  return `${host}${signed.path}`;
}
