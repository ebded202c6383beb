import { Failure } from '../core/errors.js';
import { readPlainAddress } from './plain-address.js';
import type { Topology } from './target.js';

/** What a URL says. Holds secrets: print only `label`. */
export interface RedisAddress {
  readonly topology: Topology;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  /** The address without its secrets, for people. */
  readonly label: string;
}

const TLS_BY_SCHEME: Readonly<Record<string, boolean>> = {
  'redis:': false,
  'rediss:': true,
  'valkey:': false,
  'valkeys:': true,
};
const ALLOWED = 'redis://, rediss:// (TLS), valkey://, valkeys:// (TLS) and unix://';
const DEFAULT_PORT = 6379;

/**
 * Reads a Redis URL by an allow-list of schemes. ioredis's own parser is not asked: it reads
 * `REDISS://` as plain text and an unknown scheme as the path of a socket.
 *
 * @param name the option or variable that carries the URL, for messages
 * @throws Failure `config`; its message and cause never hold any part of the URL but the scheme
 */
export function parseRedisUrl(text: string, name: string): RedisAddress {
  const plain = readPlainAddress(text);
  if (plain !== undefined) return plain;
  const refuse = (problem: string) => new Failure('config', `${name}: ${problem}`);
  const url = parseUrl(text);
  if (url === undefined) {
    throw refuse(
      `not a URL; allowed are ${ALLOWED}, e.g. rediss://user@host:6379/0; in a password, ` +
        '/ ? # @ and % must be percent-encoded',
    );
  }
  const login = {
    ...(url.username !== '' && { username: decode(url.username, refuse) }),
    ...(url.password !== '' && { password: decode(url.password, refuse) }),
  };
  if (url.hash !== '') throw refuse('a # in the URL; write it as %23');
  if (url.protocol === 'unix:') return unixAddress(url, refuse);

  const tls = TLS_BY_SCHEME[url.protocol];
  if (tls === undefined) {
    throw refuse(`unknown scheme ${url.protocol.slice(0, 20)}// ; allowed are ${ALLOWED}`);
  }
  const host = decode(url.hostname.replace(/^\[(.*)\]$/, '$1'), refuse);
  if (host === '') throw refuse('no host; write e.g. redis://127.0.0.1:6379');
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  if (port < 1) throw refuse('port 0; allowed are 1 to 65535');
  if (url.search !== '') throw refuse('parameters after ? are not allowed here');
  const db = databaseNumber(url.pathname.slice(1), refuse);
  return {
    topology: { kind: 'single', place: { kind: 'tcp', host, port } },
    tls,
    ...login,
    db,
    label: `${tls ? 'rediss' : 'redis'}://${url.hostname}:${port}${db === 0 ? '' : `/${db}`}`,
  };
}

type Refuse = (problem: string) => Failure;

function unixAddress(url: URL, refuse: Refuse): RedisAddress {
  const path = decode(url.pathname, refuse);
  if (url.host !== '' || !path.startsWith('/') || path === '/') {
    throw refuse('a socket needs an absolute path; write unix:///run/redis/redis.sock?db=0');
  }
  const strange = [...url.searchParams.keys()].filter((key) => key !== 'db');
  if (strange.length > 0) throw refuse('the only parameter of a unix:// URL is db');
  const db = databaseNumber(url.searchParams.get('db') ?? '', refuse);
  const topology = { kind: 'single', place: { kind: 'unix', path } } as const;
  return { topology, tls: false, db, label: `unix://${path}` };
}

/** The error of `new URL` carries its input, password included: it is dropped here. */
function parseUrl(text: string): URL | undefined {
  try {
    return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) ? new URL(text) : undefined;
  } catch {
    return undefined;
  }
}

function decode(text: string, refuse: Refuse): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('a % that is not followed by two hexadecimal digits; write it as %25');
  }
}

function databaseNumber(text: string, refuse: Refuse): number {
  if (text === '') return 0;
  if (!/^\d{1,5}$/.test(text)) throw refuse('the database is a number, as in redis://host:6379/1');
  return Number(text);
}
