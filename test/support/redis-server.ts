import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { takesThePlaceOf } from './leaks.js';
import { stateOf } from './processes.js';
import { connectRedis, type RedisClient } from './redis-client.js';
import type { Reply } from './resp.js';

export interface RedisOptions {
  /**
   * Directives of redis.conf, e.g. `{ requirepass: 'x', appendonly: 'yes' }`; a directive of several
   * words is an array. Without persistence unless asked for.
   */
  readonly config?: Readonly<Record<string, string | readonly string[]>>;
}

/** A real server of our own on a free port of 127.0.0.1. */
export interface RedisServer {
  readonly port: number;
  /** Without the password. */
  readonly url: string;
  /** The process now; changes with `restart`. */
  readonly pid: number;
  /** Its working directory: dumps and append-only files. */
  readonly folder: string;
  /** Asks it one thing over a connection of ours that is kept until the server goes. */
  command(...args: readonly (string | number)[]): Promise<Reply>;
  /** A connection of the caller's own, who closes it. */
  connect(): Promise<RedisClient>;
  /** SIGSTOP, and waits until it stands still: it holds its connections and answers nothing. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL: nothing is saved; its files stay for `restart`. */
  kill9(): Promise<void>;
  /** The same port and files; what is running ends by SIGTERM first. */
  restart(): Promise<void>;
  /** Ends it and removes its files. May be called twice. */
  stop(): Promise<void>;
}

const TRIES = 10;
const LONGEST_LOG = 100_000;
const TAKEN = /Address already in use/;

/** Starts a server and waits until it answers. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  try {
    return await startOnFreePort(options, folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startOnFreePort(options: RedisOptions, folder: string): Promise<RedisServer> {
  for (let left = TRIES; ; left--) {
    const port = await freePort();
    try {
      return serverOf(await startProcess(port, folder, options), port, folder, options);
    } catch (error) {
      if (left === 1 || !(error instanceof Error && TAKEN.test(error.message))) throw error;
    }
  }
}

function serverOf(
  first: ChildProcess,
  port: number,
  folder: string,
  options: RedisOptions,
): RedisServer {
  let child = first;
  let client: Promise<RedisClient> | undefined;
  const password = options.config?.requirepass;
  const connect = () =>
    connectRedis(port, typeof password === 'string' && password !== '' ? password : undefined);

  const end = async (signal: NodeJS.Signals) => {
    const open = client;
    client = undefined;
    (await open?.catch(() => undefined))?.close();
    await endProcess(child, signal);
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    get pid() {
      return pidOf(child);
    },
    connect,
    async command(...args) {
      client ??= connect();
      return (await client).command(...args);
    },
    async pause() {
      child.kill('SIGSTOP');
      while (stateOf(pidOf(child)) !== 'T') await new Promise((resolve) => setImmediate(resolve));
    },
    resume: () => void child.kill('SIGCONT'),
    kill9: () => end('SIGKILL'),
    async restart() {
      const previous = pidOf(child);
      await end('SIGTERM');
      child = await startProcess(port, folder, options);
      takesThePlaceOf(pidOf(child), previous);
    },
    async stop() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startProcess(
  port: number,
  folder: string,
  options: RedisOptions,
): Promise<ChildProcess> {
  const config = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    ...options.config,
  };
  const args = Object.entries(config).flatMap(([name, value]) => [`--${name}`, ...[value].flat()]);
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  try {
    await saysReady(child);
    return child;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** Its log tells when it listens: a PING could be answered by somebody else who took the port. */
function saysReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.on('error', (cause) => {
      const missing = 'code' in cause && cause.code === 'ENOENT';
      const advice = 'redis-server is not installed; run: apt-get install redis-server';
      reject(missing ? new Error(advice, { cause }) : cause);
    });
    child.on('close', () => reject(new Error(`redis-server ended:\n${log}`)));
    // Read to the end: a full pipe would stop the server.
    const read = (text: string) => {
      if (log.length < LONGEST_LOG) log += text;
      if (log.includes('Ready to accept connections')) resolve();
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
  });
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  // A paused server sees no SIGTERM.
  child.kill('SIGCONT');
  await gone;
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('redis-server was not started');
  return child.pid;
}
