import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to outgoing connections (ip_local_port_range, ip(7)): none of them
 * takes the port of a server that is dead for a moment, nor connects to itself while asking for it.
 * The same holds 10,000 above, where the nodes of a cluster talk.
 */
const FIRST = 10_000;
const END = 22_768;

/** A port of 127.0.0.1 that was free a moment ago; somebody may take it before you do. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
