import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerCertificate } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tls } from '../../src/redis/target.js';
import { tlsOptions } from '../../src/redis/tls.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

let made: Certificates;
let damaged: string;
let none: string;
beforeAll(() => {
  made = makeCertificates();
  damaged = join(made.folder, 'damaged.pem');
  writeFileSync(damaged, readFileSync(made.ca, 'utf8').replace(/^[A-Za-z]/m, '!'));
  none = join(made.folder, 'none.pem');
  writeFileSync(none, 'Canary-5b1c\n');
});
afterAll(() => made.remove());

describe('the name', () => {
  test('that is asked for by SNI and checked is the host', () => {
    expect(tlsOptions({}, 'cache.example')).toEqual({ servername: 'cache.example' });
  });

  test('of an address is in no SNI, and checked all the same', () => {
    expect(tlsOptions({}, '127.0.0.1')).toEqual({});
    expect(tlsOptions({}, '::1')).toEqual({});
  });

  test('can be another one', () => {
    expect(tlsOptions({ serverName: 'other.example' }, '127.0.0.1')).toEqual({
      servername: 'other.example',
    });
  });

  test('can be another address', () => {
    const { checkServerIdentity, servername } = tlsOptions({ serverName: '10.0.0.1' }, 'tunnel');
    expect(servername).toBeUndefined();
    const bearing = (subjectaltname: string) => {
      const shown: Partial<PeerCertificate> = { subjectaltname };
      return checkServerIdentity?.('tunnel', shown as PeerCertificate);
    };
    expect(bearing('IP Address:10.0.0.1')).toBeUndefined();
    expect(bearing('DNS:tunnel')).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });
});

describe('the files', () => {
  test('are read anew each time', () => {
    const ca = join(made.folder, 'renewed.pem');
    copyFileSync(made.ca, ca);
    const first = tlsOptions({ ca }, 'a').ca;
    copyFileSync(made.server.cert, ca);
    expect(tlsOptions({ ca }, 'a').ca).not.toBe(first);
  });

  test('may hold several certificates, and words between them', () => {
    const ca = join(made.folder, 'bundle.pem');
    const certificates = [made.ca, made.server.cert].map((file) => readFileSync(file, 'utf8'));
    writeFileSync(ca, `# ours\n${certificates.join('\n# theirs\n')}`);
    const text = String(tlsOptions({ ca }, 'a').ca);
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(text).not.toContain('#');
  });

  test.each<[string, () => Tls, string]>([
    [
      'CA is not there',
      () => ({ ca: '/no/ca.pem' }),
      'cannot read the CA file "/no/ca.pem" (ENOENT)',
    ],
    ['CA is a folder', () => ({ ca: '/' }), 'cannot read the CA file "/" (not a regular file)'],
    ['CA is no PEM', () => ({ ca: none }), 'none.pem" holds no certificate in PEM form'],
    ['CA is a key', () => ({ ca: made.server.key }), 'holds no certificate in PEM form'],
    ['CA is damaged', () => ({ ca: damaged }), 'damaged.pem" holds a damaged certificate'],
    [
      'certificate is not there',
      () => ({ ...made.client, cert: '/no' }),
      'cannot read the client certificate "/no" (ENOENT)',
    ],
    [
      'key is not there',
      () => ({ ...made.client, key: '/no' }),
      'cannot read the client key "/no"',
    ],
    [
      'key is no PEM',
      () => ({ ...made.client, key: none }),
      'none.pem" holds no private key in PEM',
    ],
    [
      'key is a certificate',
      () => ({ ...made.client, key: made.ca }),
      'holds no private key in PEM',
    ],
    [
      "key is another's",
      () => ({ ...made.client, key: made.server.key }),
      'server.key" does not fit the client certificate',
    ],
    [
      'key has a passphrase',
      () => made.lockedClient,
      'locked-client.key" is protected by a passphrase; give one without',
    ],
  ])('are refused in one line when the %s', (_, tls, message) => {
    const act = () => tlsOptions(tls(), 'a');
    expect(act).toThrow(expect.objectContaining({ name: 'Failure', kind: 'config' }));
    expect(act).toThrow(message);
    expect(act).toThrow(/^[^\n]+$/);
    expect(act).not.toThrow('Canary');
  });
});
