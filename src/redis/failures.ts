import { Failure, type FailureKind, NoAnswer } from '../core/errors.js';
import type { TcpPlace } from './target.js';

interface KnownError {
  readonly kind: FailureKind;
  readonly advice: string;
  /** Another server may have the answer by now: it is asked for over a new connection. */
  readonly connectAnew?: true;
}

/** An error reply of the server. */
export class Refusal extends Failure {
  constructor(
    kind: FailureKind,
    message: string,
    /** The first word of the reply, e.g. `READONLY`. */
    readonly code: string,
    readonly connectAnew = false,
  ) {
    super(kind, message);
  }
}

/**
 * A node of a cluster names the one to ask instead
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding).
 */
export class Redirection extends Refusal {
  constructor(
    message: string,
    code: 'MOVED' | 'ASK',
    /** An empty host is that of the node which answered. */
    readonly to: TcpPlace,
  ) {
    super('config', message, code);
  }
}

/**
 * The error codes of Redis, Valkey and their proxies (src/server.c createSharedObjects), by the
 * first word of the reply. What a later try can mend is `unavailable`.
 */
const BY_CODE: Readonly<Record<string, KnownError>> = {
  LOADING: { kind: 'unavailable', advice: 'Redis is loading its data', connectAnew: true },
  READONLY: {
    kind: 'unavailable',
    advice: 'this is a replica, or a failover is under way',
    connectAnew: true,
  },
  MASTERDOWN: { kind: 'unavailable', advice: 'a replica without its master', connectAnew: true },
  CLUSTERDOWN: {
    kind: 'unavailable',
    advice: 'the cluster does not serve all slots',
    connectAnew: true,
  },
  TRYAGAIN: { kind: 'unavailable', advice: 'the cluster is moving slots' },
  BUSY: { kind: 'unavailable', advice: 'a script of somebody else blocks Redis' },
  OOM: { kind: 'unavailable', advice: 'Redis is out of memory' },
  MISCONF: { kind: 'unavailable', advice: 'Redis cannot write to its disk and refuses writes' },
  NOREPLICAS: {
    kind: 'unavailable',
    advice: 'too few replicas for min-replicas-to-write',
    connectAnew: true,
  },
  UNBLOCKED: { kind: 'unavailable', advice: 'a failover is under way', connectAnew: true },
  NOAUTH: { kind: 'denied', advice: 'Redis wants a password; set REDIS_PASSWORD' },
  WRONGPASS: { kind: 'denied', advice: 'user or password is wrong, or the user is disabled' },
  NOPERM: { kind: 'denied', advice: 'the ACL user lacks a right that redlock-run needs' },
  DENIED: { kind: 'denied', advice: 'Redis is in protected mode and refuses other hosts' },
  WRONGTYPE: { kind: 'protocol', advice: 'another program uses our keys; give a --prefix' },
  BADCOUNTER: { kind: 'protocol', advice: 'another program uses our keys; give a --prefix' },
};

/** Replies that begin with a bare ERR, told apart by their text. */
const BY_TEXT: readonly (readonly [RegExp, KnownError])[] = [
  // What NOPERM becomes inside a script (Redis 7, src/script.c scriptVerifyACL).
  [
    /user executing the script can't/i,
    { kind: 'denied', advice: 'the ACL user lacks a right that redlock-run needs' },
  ],
  [/max number of clients/i, { kind: 'unavailable', advice: 'Redis has no connection left' }],
  // An EVAL is too long for a server that has not seen a login (Redis, src/networking.c).
  [
    /unauthenticated (multi)?bulk length/i,
    { kind: 'denied', advice: 'Redis wants a password; set REDIS_PASSWORD' },
  ],
  [
    /without any password|no password is set/i,
    { kind: 'denied', advice: 'this Redis has no password; remove ours' },
  ],
  [/invalid password|invalid username/i, { kind: 'denied', advice: 'user or password is wrong' }],
  [
    /wrong number of arguments for 'auth'/i,
    { kind: 'denied', advice: 'Redis before 6 has no users; remove the user name' },
  ],
  [
    /DB index is out of range|invalid DB index|SELECT is not allowed/i,
    { kind: 'config', advice: 'there is no such database' },
  ],
  [
    /unknown command|not allowed/i,
    { kind: 'denied', advice: 'a command that redlock-run needs is not offered' },
  ],
];

/**
 * What an error reply of the server means. Only the reply's text is used: ioredis attaches the
 * command's arguments to its errors, and those of AUTH are the password.
 */
export function replyFailure(message: string, label: string): Refusal {
  // Redis 7 wraps what a script's command answered: "ERR ... script: <sha>, on @user_script:5."
  const line = message
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/ ?script: [0-9a-f]{40}.*$/, '')
    .slice(0, 200);
  const inner = /(?:ERR )?Error running script.*?: -?([A-Z]+ .*)$/.exec(line)?.[1] ?? line;
  const code = /^-?([A-Z]+)\b/.exec(inner)?.[1] ?? '';
  const redirection = redirectionOf(inner, label);
  if (redirection !== undefined) return redirection;
  const known = BY_CODE[code] ?? BY_TEXT.find(([pattern]) => pattern.test(inner))?.[1];
  if (known === undefined) {
    return new Refusal('protocol', `Redis at ${label} answered: ${inner}`, code);
  }
  const { kind, advice, connectAnew } = known;
  return new Refusal(kind, `Redis at ${label}: ${advice} (${inner})`, code, connectAnew);
}

/** `MOVED 3999 127.0.0.1:6381`; the host of IPv6 has colons of its own. */
function redirectionOf(reply: string, label: string): Redirection | undefined {
  const [, code, host = '', port] = /^(MOVED|ASK) \d+ (\S*):(\d+)$/.exec(reply) ?? [];
  if (code !== 'MOVED' && code !== 'ASK') return undefined;
  if (!isPort(Number(port)) || (host !== '' && !isHost(host))) return undefined;
  const advice = 'this is a node of a cluster; write redis+cluster:// or rediss+cluster://';
  return new Redirection(`Redis at ${label}: ${advice} (${reply})`, code, {
    kind: 'tcp',
    host,
    port: Number(port),
  });
}

/**
 * Why none of several servers could answer. What no later try can mend comes first: it must not pass for
 * an outage.
 *
 * @param failures at least one
 */
export function whyNone(message: string, failures: readonly Failure[]): Failure {
  const lasting = failures.find(({ kind }) => kind !== 'unavailable');
  if (lasting !== undefined) return lasting;
  const [only, second] = failures;
  if (only !== undefined && second === undefined) return only;
  const reasons = failures.map((failure) => failure.message).join('; ');
  const maybeApplied = failures.some((each) => each instanceof NoAnswer && each.maybeApplied);
  return new NoAnswer(`${message}: ${reasons}`, maybeApplied);
}

/** What is asked after the connections were ended. */
export function closed(): NoAnswer {
  return new NoAnswer('the connection was closed', false);
}

/** What a server may name as another one's host. */
export function isHost(name: unknown): name is string {
  return typeof name === 'string' && /^[\w.:-]{1,253}$/.test(name);
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ETIMEDOUT: 'connecting timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up (DNS)',
  ENOENT: 'there is no such socket',
  EACCES: 'no permission to use the socket',
  EMFILE: 'this process has no file descriptor left',
};

/** TLS errors that only a change of configuration can mend (OpenSSL's X509_V_ERR_* names). */
const CERTIFICATE_ERROR =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|HOSTNAME_MISMATCH|UNSPECIFIED|PATH_LENGTH|CRL_|EE_|CA_MD)/;

/** Both sides speak TLS, but no common kind of it. */
const NO_COMMON_TLS =
  /^ERR_SSL_\w*(HANDSHAKE_FAILURE|PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|INSUFFICIENT_SECURITY|UNRECOGNIZED_NAME|NO_SHARED_CIPHER)/;

/** What a server says of our certificate, or of its absence (RFC 8446, section 6.2; OpenSSL's names). */
const OWN_CERTIFICATE_ERROR =
  /^ERR_SSL_\w+_ALERT_(CERTIFICATE_|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA)/;

/** Why there is no connection, or no longer one. */
export function connectionFailure(error: Error | undefined, label: string, sent: boolean): Failure {
  const code = error !== undefined && 'code' in error ? String(error.code) : '';
  // What ioredis says of a reply that is none, or that nobody asked for; it has no code (lib/DataHandler.ts).
  if (/Please report this\.$|^Command queue state error/.test(error?.message ?? '')) {
    return new Failure('protocol', `Redis at ${label}: what answers there does not speak Redis`);
  }
  if (CERTIFICATE_ERROR.test(code)) {
    return new Failure('config', `Redis at ${label}: its certificate is not accepted (${code})`);
  }
  if (OWN_CERTIFICATE_ERROR.test(code)) {
    const advice = 'it asks for a certificate and does not accept ours; see --redis-cert';
    return new Failure('config', `Redis at ${label}: ${advice} (${code})`);
  }
  if (NO_COMMON_TLS.test(code)) {
    const advice = 'it refuses our TLS (version, ciphers, name, or no --redis-cert)';
    return new Failure('config', `Redis at ${label}: ${advice} (${code})`);
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO') {
    return new Failure('config', `Redis at ${label}: the port does not speak TLS; use redis://`);
  }
  const reason = SYSTEM_ERRORS[code] ?? (code === '' ? 'the connection was closed' : code);
  return new NoAnswer(`cannot reach Redis at ${label}: ${reason}`, sent);
}
