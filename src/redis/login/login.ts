/** What can be said about connecting and logging in, beside the URLs and for all of them alike. */
export interface LoginOptions {
  /** PEM file of the authorities to trust in TLS; default Node's. */
  readonly redisCa?: string | undefined;
  /** PEM file of our own certificate, for a Redis that asks for one. */
  readonly redisCert?: string | undefined;
  /** PEM file of its key, without a passphrase. */
  readonly redisKey?: string | undefined;
  /** The name in the certificate of Redis, where it is not the host's. */
  readonly redisServerName?: string | undefined;
  /** File with the password for URLs without one; read for every connection. */
  readonly redisPasswordFile?: string | undefined;
  /** Log in to ElastiCache or MemoryDB as this IAM user, over TLS and without a password. */
  readonly redisIamUser?: string | undefined;
  /** The name of its replication group, serverless cache or cluster. */
  readonly redisIamCache?: string | undefined;
  /** Its AWS region; default what the host's name says, else AWS_REGION. */
  readonly redisRegion?: string | undefined;
  /** The user for the Sentinels, which have users of their own; default theirs. */
  readonly sentinelUser?: string | undefined;
  /** File with the password for the Sentinels; read for every connection. */
  readonly sentinelPasswordFile?: string | undefined;
}

export type LoginOption = keyof LoginOptions;

/** The options, and passwords that are no options because a command line is seen by everybody. */
export interface Login extends LoginOptions {
  /** For URLs without a password, where there is no file. */
  readonly redisPassword?: string | undefined;
  /** For the Sentinels, where there is no file. */
  readonly sentinelPassword?: string | undefined;
}

/** Where the options come from. */
export interface LoginContext {
  /** What an option is called there, for messages. */
  nameOf(option: LoginOption): string;
  /** Given for this very call; false when it may be meant for others that share a file or variable. */
  isForThisCall(option: LoginOption): boolean;
  /** Where AWS's own variables are. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The wall clock, ms since the epoch. */
  now(): number;
}
