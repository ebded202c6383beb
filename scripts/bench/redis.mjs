import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';

/** A port of 127.0.0.1 that is free. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A private redis-server without persistence. @returns {Promise<{ port, url, ask, stop }>} */
export async function startRedis() {
  const port = await freePort();
  const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--maxclients', 20_000];
  const child = spawn('redis-server', args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error('redis-server did not start')));
    child.stdout.on('data', (text) => /Ready to accept/.test(text) && resolve());
  });
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    ask: (line) => ask(port, line),
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Sends one inline command and resolves with the text of its reply. */
async function ask(port, line) {
  const socket = createConnection(port, '127.0.0.1');
  socket.write(`${line}\r\n`);
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (text.endsWith('\r\n')) break;
  }
  socket.destroy();
  return text;
}

/** A proxy that counts what a client sends. @returns {Promise<{ url, count, stop }>} */
export async function countingProxy(target) {
  const count = { connections: 0, commands: 0, roundTrips: 0 };
  const server = createServer((client) => {
    count.connections += 1;
    const upstream = createConnection(target, '127.0.0.1');
    let waiting = false;
    client.on('data', (bytes) => {
      count.commands += commandsIn(bytes.toString('latin1'));
      // What is sent while an answer is due belongs to the same round trip.
      if (!waiting) count.roundTrips += 1;
      waiting = true;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      waiting = false;
      client.write(bytes);
    });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${server.address().port}`,
    count,
    stop: () => server.close(),
  };
}

/** Arrays of bulk strings at the top level (RESP2). */
function commandsIn(text) {
  let commands = 0;
  for (let at = 0; text[at] === '*'; commands++) {
    let left = Number.parseInt(text.slice(at + 1), 10);
    for (at = text.indexOf('\r\n', at) + 2; left > 0; left--) {
      const size = Number.parseInt(text.slice(at + 1), 10);
      at = text.indexOf('\r\n', at) + 2 + size + 2;
    }
  }
  return commands;
}
