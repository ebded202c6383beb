/** Where one server listens. */
export type Place =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export type TcpPlace = Extract<Place, { readonly kind: 'tcp' }>;

/** How to find the server that keeps a job's keys. */
export type Topology =
  | { readonly kind: 'single'; readonly place: Place }
  /** Its master is whichever server the Sentinels name. */
  | { readonly kind: 'sentinel'; readonly sentinels: readonly TcpPlace[]; readonly master: string }
  /** A cluster, or what speaks like one (ElastiCache in cluster mode, serverless). */
  | { readonly kind: 'cluster'; readonly seeds: readonly TcpPlace[] };

export interface Credentials {
  readonly username?: string;
  readonly password: string;
}

/** What a URL says. Holds secrets: print only `label`. */
export interface RedisAddress {
  readonly topology: Topology;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  /** The address in its one canonical form, without its secrets: for people, and to compare. */
  readonly label: string;
}

/** Asked for every connection, so that a secret may change meanwhile. @throws Failure */
export type CredentialSource = () => Promise<Credentials | undefined>;

/** How a TLS connection is checked. Files are read for every connection. */
export interface Tls {
  /** PEM file of the authorities to trust; default Node's. */
  readonly ca?: string;
  /** PEM files of our own certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the certificate must bear, where it is not the host's. */
  readonly serverName?: string;
}

/** How one server is spoken to. Holds secrets: print only `label`. */
export interface Server {
  readonly place: Place;
  /** Missing: in plain text. */
  readonly tls?: Tls;
  readonly credentials: CredentialSource;
  readonly db: number;
  /** The address without its secrets, for people. */
  readonly label: string;
}

/** What one `--redis` names. Holds secrets: print only `label`. */
export interface RedisTarget extends Omit<Server, 'place'> {
  readonly topology: Topology;
  /** For the Sentinels themselves, which have users of their own. */
  readonly sentinelCredentials: CredentialSource;
}
