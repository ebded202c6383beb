import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { builtFile, ourselves } from '../ourselves.js';

/** A Redis of our own on a free port of the loopback interface, gone when we are. */
export interface PrivateRedis {
  /** For people, e.g. `redis-server 7.0.15`. */
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

const TRIES = 10;

/**
 * The installed `redis-server` on a port of its own.
 *
 * @param folder where it runs; nothing is saved
 * @returns undefined when there is none that starts
 */
export async function startInstalled(folder: string): Promise<PrivateRedis | undefined> {
  for (let left = TRIES; left > 0; left--) {
    const port = await freePort();
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    const child = spawn('redis-server', [...args, '--appendonly', 'no', '--daemonize', 'no'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: folder,
    });
    const log = await readUntil(child, /Ready to accept connections|server is now ready/i);
    if (log.found) {
      const version = /Redis version=([\d.]+)/.exec(log.text)?.[1];
      const name = `redis-server${version === undefined ? '' : ` ${version}`}`;
      return { name, port, stop: () => end(child) };
    }
    // Somebody may have taken the port meanwhile; anything else will not get better.
    if (!/Address already in use/.test(log.text)) return undefined;
  }
  return undefined;
}

/** The one that comes with us: Redis in JavaScript, its Lua included. */
export async function startEmbedded(): Promise<PrivateRedis> {
  // It ends when its stdin does, so not even kill -9 of ours leaves it behind.
  const child = spawn(ourselves().node, [builtFile('embedded-redis.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const log = await readUntil(child, /^port (\d+)$/m);
  const port = Number(/^port (\d+)$/m.exec(log.text)?.[1]);
  if (!log.found) throw new Error('the embedded Redis does not start');
  return { name: 'the embedded js-redis-server', port, stop: () => end(child) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** Reads its output until it matches or ends; later output is thrown away. */
function readUntil(
  child: ChildProcess,
  pattern: RegExp,
): Promise<{ readonly found: boolean; readonly text: string }> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += text.length < 100_000 ? chunk : '';
      if (pattern.test(text)) resolve({ found: true, text });
    });
    child.on('error', () => resolve({ found: false, text }));
    child.on('close', () => resolve({ found: false, text }));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
