import type { FailureKind } from '../../../core/errors.js';
import type { Unreachable } from '../../../redis/survey/server-facts.js';
import { type Finding, trouble } from '../finding.js';
import type { CheckContext } from './check.js';
import { toGrant } from './rights.js';

const NOT_REACHED =
  'is the address right (--redis, REDLOCK_RUN_REDIS, REDIS_URL)? Is Redis up? May this node ' +
  'reach it (firewall, security group)?';
const AS_TOLD = 'mend what it says; redlock-run --help names what is allowed';

/** By what `run` would exit with. */
const BY_KIND: Readonly<Record<FailureKind, string>> = {
  unavailable: NOT_REACHED,
  denied:
    'check the user and the password: in the URL, in REDIS_PASSWORD, in the file of ' +
    '--redis-password-file, and on the server. With --redis-iam-user: is it that user of the ' +
    "service, with IAM authentication, and does this node's role allow it to connect?",
  config: AS_TOLD,
  protocol: 'is that port a Redis? Ask it: redis-cli -h HOST -p PORT PING',
  usage: AS_TOLD,
};

/** By the words of `run`, where they tell more than the kind (src/redis/failures.ts; OpenSSL's names). */
const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /\(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    "name the host in the URL as the server's certificate does, or give that name as --redis-server-name",
  ],
  [
    /\(CERT_HAS_EXPIRED\)/,
    'renew the certificate at the server and let Redis load it (CONFIG SET tls-cert-file, or a restart)',
  ],
  [
    /certificate is not accepted \((?:SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/,
    "give the PEM file of the authority that signed the server's certificate: --redis-ca FILE",
  ],
  [/the port speaks TLS/, 'write rediss:// in place of redis:// (rediss+sentinel://, …)'],
  [
    /the port does not speak TLS/,
    'give the port on which Redis speaks TLS (tls-port); redis:// would send all in plain text',
  ],
  [
    /refuses our TLS/,
    'see what the server allows (tls-protocols, tls-ciphers, tls-auth-clients), and give --redis-cert ' +
      'and --redis-key where it asks for a certificate',
  ],
  [
    /there is no such database/,
    "end the URL with a number below the server's setting databases (16 unless changed), e.g. /0",
  ],
  [
    /cluster support disabled/,
    'that is a single server: write redis:// (rediss:// with TLS) in place of redis+cluster://',
  ],
];

/** Of a server that could not be asked anything. */
export function judgeUnreachable(
  { failure, lacking }: Unreachable,
  { prefix, isSpare }: CheckContext,
): Finding {
  const { message, kind } = failure;
  const told = (mend: string, paste?: string) =>
    isSpare
      ? trouble('reach', 'warning', `${message}; a majority is reached without it`, mend, paste)
      : trouble('reach', 'problem', message, mend, paste);
  if (lacking !== undefined) {
    return told(...toGrant(lacking.place, lacking.user, prefix, lacking.commands));
  }
  return told(BY_WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? BY_KIND[kind]);
}
