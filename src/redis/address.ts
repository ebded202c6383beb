import { Failure } from '../core/errors.js';
import { labelOf } from './label.js';
import { readPlainAddress } from './plain-address.js';
import type { RedisAddress, TcpPlace, Topology } from './target.js';
import {
  decode,
  type Refuse,
  readDatabase,
  readLogin,
  readPlace,
  splitUrl,
  type UrlParts,
} from './url-parts.js';

const DEFAULT_PORT = 6_379;
const SENTINEL_PORT = 26_379;
const ALLOWED =
  'redis://, rediss:// (TLS), valkey://, valkeys:// (TLS), these with +sentinel or +cluster, and unix://';

/**
 * Reads a Redis URL by an allow-list of schemes: one server, the Sentinels of a master, seeds of a
 * cluster, or a socket. docs/decisions/0007-urls-and-logins.md has why no other parser is asked.
 *
 * @param name the option or variable that carries the URL, for messages
 * @throws Failure `config`; its message and cause never hold any part of the URL but the scheme
 */
export function parseRedisUrl(text: string, name: string): RedisAddress {
  const plain = readPlainAddress(text);
  if (plain !== undefined) return plain;
  const refuse: Refuse = (problem) => new Failure('config', `${name}: ${problem}`);
  const parts = splitUrl(text);
  if (parts === undefined) {
    throw refuse(
      `not a URL; allowed are ${ALLOWED}, e.g. rediss://user@host:6379/0; in a password, ` +
        '/ ? # @ and % must be percent-encoded',
    );
  }
  const scheme = readScheme(parts.scheme);
  if (scheme === undefined) {
    throw refuse(`unknown scheme ${parts.scheme.slice(0, 20)}:// ; allowed are ${ALLOWED}`);
  }
  if (text.includes('#')) throw refuse('a # in the URL; write it as %23');
  const { topology, db } = READERS[scheme.kind](parts, refuse);
  const login = readLogin(parts.login, refuse);
  return { topology, tls: scheme.tls, ...login, db, label: labelOf(topology, scheme.tls, db) };
}

type Kind = 'server' | 'socket' | 'sentinel' | 'cluster';

function readScheme(text: string): { readonly kind: Kind; readonly tls: boolean } | undefined {
  if (text === 'unix') return { kind: 'socket', tls: false };
  const [known, s, kind = 'server'] =
    /^(?:redis|valkey)(s?)(?:\+(sentinel|cluster))?$/.exec(text) ?? [];
  if (known === undefined || (kind !== 'server' && kind !== 'sentinel' && kind !== 'cluster')) {
    return undefined;
  }
  return { kind, tls: s === 's' };
}

interface Where {
  readonly topology: Topology;
  readonly db: number;
}

const READERS: Readonly<Record<Kind, (parts: UrlParts, refuse: Refuse) => Where>> = {
  server(parts, refuse) {
    const [place, ...more] = readPlaces(parts, DEFAULT_PORT, refuse);
    if (place === undefined || more.length > 0) {
      throw refuse(
        'several hosts; write redis+sentinel://HOSTS/MASTER or redis+cluster://HOSTS, ' +
          'or give each independent server a URL of its own',
      );
    }
    return { topology: { kind: 'single', place }, db: readDatabase(parts.path.slice(1), refuse) };
  },

  sentinel(parts, refuse) {
    const sentinels = readPlaces(parts, SENTINEL_PORT, refuse);
    const [, name = '', db = ''] = /^\/?([^/]*)\/?(.*)$/.exec(parts.path) ?? [];
    const master = decode(name, refuse);
    // What Sentinel itself allows (Redis, sentinel.conf).
    if (!/^[\w.-]+$/.test(master)) {
      throw refuse(
        'the name of the master is missing or has other characters than letters, digits and . - _ ; ' +
          'write redis+sentinel://host:26379/MASTER, and /DATABASE behind it if need be',
      );
    }
    return { topology: { kind: 'sentinel', sentinels, master }, db: readDatabase(db, refuse) };
  },

  cluster(parts, refuse) {
    const seeds = readPlaces(parts, DEFAULT_PORT, refuse);
    const db = readDatabase(parts.path.slice(1), refuse);
    if (db !== 0) throw refuse('a cluster has database 0 only; leave the number out');
    return { topology: { kind: 'cluster', seeds }, db };
  },

  socket({ hosts, path: encoded, query }, refuse) {
    const path = decode(encoded, refuse);
    if (hosts !== '' || !path.startsWith('/') || path === '/' || path.includes('\0')) {
      throw refuse('a socket needs an absolute path; write unix:///run/redis/redis.sock?db=0');
    }
    const [, db] = /^(?:db=([^&]*))?$/.exec(query) ?? [];
    if (query !== '' && db === undefined) {
      throw refuse('the only parameter of a unix:// URL is db');
    }
    const topology = { kind: 'single', place: { kind: 'unix', path } } as const;
    return { topology, db: readDatabase(db ?? '', refuse) };
  },
};

function readPlaces({ hosts, path, query }: UrlParts, port: number, refuse: Refuse): TcpPlace[] {
  if (path.includes('@') || query.includes('@')) {
    throw refuse('an @ behind a / or ? ; in a password, / ? # @ and % must be percent-encoded');
  }
  if (query !== '') throw refuse('parameters after ? are not allowed here');
  return hosts.split(',').map((host) => readPlace(host, port, refuse));
}
