import { existsSync, readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from './certificates.js';
import { failOnLeaks } from './leaks.js';
import { connectRedis } from './redis-client.js';
import { type RedisServer, type ServerTls, startRedis } from './redis-server.js';

failOnLeaks();

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates.remove());

const trusting = (extra: ConnectionOptions = {}) => ({
  ca: readFileSync(certificates.ca),
  ...extra,
});

/** What a PING over TLS is answered with, or why not. */
async function pingOver(server: RedisServer, tls: ConnectionOptions): Promise<unknown> {
  try {
    const client = await connectRedis(server.tlsPort, { tls });
    const answer = await client.command('PING').finally(() => client.close());
    return answer;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

async function withServer(tls: Partial<ServerTls>, act: (server: RedisServer) => Promise<void>) {
  const server = await startRedis({ tls: { certificates, ...tls } });
  await act(server).finally(() => server.stop());
}

test.each<[string, () => Partial<ServerTls>, unknown]>([
  ['of the server', () => ({}), 'PONG'],
  ['of another host', () => ({ shows: certificates.otherHost }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['that is over', () => ({ shows: certificates.expired }), 'CERT_HAS_EXPIRED'],
  ['of a stranger', () => ({ shows: certificates.stranger }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
])('a client that looks closely meets a certificate %s', async (_, tls, expected) => {
  await withServer(tls(), async (server) => {
    expect(await pingOver(server, trusting())).toBe(expected);
    expect(await pingOver(server, { rejectUnauthorized: false })).toBe('PONG');
    expect(server.tlsUrl).toBe(`rediss://127.0.0.1:${server.tlsPort}`);
    expect(await server.command('PING')).toBe('PONG');
  });
});

describe('a server that asks for certificates', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis({ tls: { certificates, asksClients: 'yes' } });
  });
  afterAll(() => server.stop());

  const shown = ({ cert, key } = certificates.client) =>
    trusting({ cert: readFileSync(cert), key: readFileSync(key) });

  test('refuses a client without one', async () => {
    expect(await pingOver(server, trusting())).not.toBe('PONG');
  });

  test('takes that of the client', async () => {
    expect(await pingOver(server, shown())).toBe('PONG');
  });

  test('takes it with an encrypted key, which is useless without its passphrase', async () => {
    const { lockedClient, passphrase } = certificates;
    expect(await pingOver(server, { ...shown(lockedClient), passphrase })).toBe('PONG');
    expect(await pingOver(server, shown(lockedClient))).not.toBe('PONG');
  });

  test('refuses that of a stranger', async () => {
    expect(await pingOver(server, shown(certificates.stranger))).not.toBe('PONG');
  });
});

test('the files go', () => {
  const { remove, folder, ca } = makeCertificates();
  expect(existsSync(ca)).toBe(true);
  remove();
  expect(existsSync(folder)).toBe(false);
});
