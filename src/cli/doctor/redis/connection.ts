import { ok, trouble } from '../finding.js';
import { plural, span } from '../quantity.js';
import type { Check } from './check.js';

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/i;
const DAY = 86_400_000;
/** ms. A claim is one round trip. */
const SLOW = 100;
/** Days that are left for somebody to notice. */
const SOON = 30;

export const checkRoundTrip: Check = ({ roundTrip }) => {
  const what = `answers in ${span(roundTrip)}`;
  if (roundTrip < SLOW) return [ok('reach', what)];
  return [
    trouble(
      'reach',
      'warning',
      `${what}, which is slow`,
      'is it in another region? Is Redis busy (redis-cli --latency, SLOWLOG GET)?',
    ),
  ];
};

export const checkEncryption: Check = ({ tls, place, certificateEnds }, { now }) => {
  if (!tls) {
    if (place.kind === 'unix' || LOOPBACK.test(place.host)) {
      return [ok('tls', 'TLS is off; the connection does not leave this machine')];
    }
    return [
      trouble(
        'tls',
        'warning',
        'TLS is off: who can listen on the network reads the password and can win slots',
        'write rediss:// where the server offers TLS (ElastiCache: encryption in transit)',
      ),
    ];
  }
  if (certificateEnds === undefined) return [ok('tls', 'TLS is on')];
  const left = Math.floor((certificateEnds - now) / DAY);
  const day = new Date(certificateEnds).toISOString().slice(0, 10);
  const what = `TLS is on; the server's certificate ends on ${day}, in ${plural(left, 'day')}`;
  if (left >= SOON) return [ok('tls', what)];
  return [
    trouble(
      'tls',
      'warning',
      `${what}. After that every node is refused (exit 78)`,
      'renew the certificate and let Redis load it (CONFIG SET tls-cert-file, or a restart)',
    ),
  ];
};
