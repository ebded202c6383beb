import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { Failure, quotePath } from '../core/errors.js';
import { readTextFile } from '../read-file.js';
import type { Tls } from './target.js';

/**
 * What Node is told for one TLS connection. The files are read now, so that a certificate that was
 * renewed is used by the next connection; whatever is wrong with them is found before anything is sent.
 *
 * @param host what is connected to; its certificate must bear this name, or `serverName`
 * @throws Failure `config` naming the file
 */
export function tlsOptions({ ca, cert, key, serverName }: Tls, host: string): ConnectionOptions {
  return {
    ...identity(host, serverName),
    ...(ca !== undefined && { ca: readCertificates(ca, 'the CA file').join('\n') }),
    ...(cert !== undefined && key !== undefined && ownCertificate(cert, key)),
  };
}

/** SNI takes names only (RFC 6066, section 3); an address is checked against the certificate all the same. */
function identity(host: string, serverName: string | undefined): ConnectionOptions {
  const name = serverName ?? host;
  if (isIP(name) === 0) return { servername: name };
  // What is connected to is checked by itself.
  if (serverName === undefined) return {};
  return { checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) };
}

function ownCertificate(certFile: string, keyFile: string): ConnectionOptions {
  const what = 'the client certificate';
  const certificates = readCertificates(certFile, what);
  const { key, text } = readKey(keyFile);
  // The first is ours, the others lead from it to an authority (RFC 8446, section 4.4.2).
  const [own = ''] = certificates;
  if (!new X509Certificate(own).checkPrivateKey(key)) {
    throw new Failure(
      'config',
      `the key ${quotePath(keyFile)} does not fit ${what} ${quotePath(certFile)}`,
    );
  }
  return { cert: certificates.join('\n'), key: text };
}

const PEM_CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** Node itself passes over a CA file without a certificate in silence. */
function readCertificates(path: string, what: string): readonly string[] {
  const certificates = readTextFile(path, what).match(PEM_CERTIFICATE) ?? [];
  if (certificates.length === 0) {
    throw new Failure('config', `${what} ${quotePath(path)} holds no certificate in PEM form`);
  }
  for (const certificate of certificates) {
    try {
      new X509Certificate(certificate);
    } catch {
      throw new Failure('config', `${what} ${quotePath(path)} holds a damaged certificate`);
    }
  }
  return certificates;
}

/** PKCS #8 (RFC 5958), and what OpenSSL wrote before. */
const LOCKED_KEY = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

function readKey(path: string): { readonly key: KeyObject; readonly text: string } {
  const text = readTextFile(path, 'the client key');
  const refuse = (problem: string) =>
    new Failure('config', `the client key ${quotePath(path)} ${problem}`);
  if (LOCKED_KEY.test(text)) {
    throw refuse(
      "is protected by a passphrase; give one without, in a file that only the job's user can read",
    );
  }
  try {
    return { key: createPrivateKey(text), text };
  } catch {
    // The error is dropped: a parser may tell of what it has read.
    throw refuse('holds no private key in PEM form');
  }
}
