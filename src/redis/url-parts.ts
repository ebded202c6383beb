import { isIPv6, SocketAddress } from 'node:net';
import type { Failure } from '../core/errors.js';
import type { RedisAddress, TcpPlace } from './target.js';

/** A URL cut at its delimiters (RFC 3986, appendix B), still percent-encoded. */
export interface UrlParts {
  /** In lower case, without `://`. */
  readonly scheme: string;
  /** `user:password`, both optional. */
  readonly login: string;
  /** `host:port`, or several of them with commas between. */
  readonly hosts: string;
  /** Begins with `/`, if there is one. */
  readonly path: string;
  /** What follows `?`. */
  readonly query: string;
}

/** Makes the error of a problem; its words must not hold any part of the URL. */
export type Refuse = (problem: string) => Failure;

const PARTS = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?]*)@)?([^/?]*)(\/[^?]*)?(?:\?(.*))?$/i;
/** White space separates URLs; a lone surrogate is half a character. */
const IN_NO_URL = /[\s\p{Cc}\p{Cs}]/u;

/** @returns undefined for what is no URL */
export function splitUrl(text: string): UrlParts | undefined {
  const parts = IN_NO_URL.test(text) ? null : PARTS.exec(text);
  const [, scheme, login = '', hosts = '', path = '', query = ''] = parts ?? [];
  return scheme === undefined
    ? undefined
    : { scheme: scheme.toLowerCase(), login, hosts, path, query };
}

export function readLogin(
  text: string,
  refuse: Refuse,
): Pick<RedisAddress, 'username' | 'password'> {
  // It may be the login of a second host, of which the password would become a part.
  if (text.includes('@')) throw refuse('several @ in the URL; in a password, write it as %40');
  const colon = text.indexOf(':');
  const username = decode(colon < 0 ? text : text.slice(0, colon), refuse);
  const password = colon < 0 ? '' : decode(text.slice(colon + 1), refuse);
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) };
}

/** The host in brackets, or else; the port. */
const HOST_AND_PORT = /^(?:\[([^\][]*)\]|([^:\][]*))(?::(.*))?$/;
const HOST_NAME = /^[a-z0-9_][a-z0-9_.-]*$/;
const HIGHEST_PORT = 65_535;

/** @returns the host in lower case, an IPv6 address without brackets and in its shortest form */
export function readPlace(text: string, defaultPort: number, refuse: Refuse): TcpPlace {
  const [matched, address, name = '', port] = HOST_AND_PORT.exec(text) ?? [];
  if (matched === undefined || port?.includes(':')) {
    throw refuse('an IPv6 address must be in brackets, as in redis://[::1]:6379');
  }
  const host = address === undefined ? hostName(name, refuse) : ipv6Address(address, refuse);
  return { kind: 'tcp', host, port: port === undefined ? defaultPort : portNumber(port, refuse) };
}

function hostName(text: string, refuse: Refuse): string {
  const name = decode(text, refuse).toLowerCase();
  if (name === '') throw refuse('no host; write e.g. redis://127.0.0.1:6379');
  if (HOST_NAME.test(name)) return name;
  throw refuse(
    'a host has ASCII letters, digits and . - _ only; write an international name as xn--…',
  );
}

function ipv6Address(text: string, refuse: Refuse): string {
  const address = decode(text, refuse).toLowerCase();
  if (!isIPv6(address)) throw refuse('what is in brackets is not an IPv6 address');
  // An address with a zone is left as it is: the zone names an interface of this node.
  return address.includes('%') ? address : new SocketAddress({ address, family: 'ipv6' }).address;
}

function portNumber(text: string, refuse: Refuse): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= HIGHEST_PORT) return port;
  throw refuse('the port must be a number from 1 to 65535');
}

export function readDatabase(text: string, refuse: Refuse): number {
  if (text === '') return 0;
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw refuse('the database is a number, as in redis://host:6379/1');
}

export function decode(text: string, refuse: Refuse): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('a % that is not followed by two hexadecimal digits of UTF-8; write it as %25');
  }
}
