import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate, Certificates } from './certificates.js';
import { freePort } from './free-port.js';
import { takesThePlaceOf } from './leaks.js';
import { connectRedis, type Login, type RedisClient } from './redis-client.js';
import { type RedisProcess, startRedisProcess } from './redis-process.js';
import type { Reply } from './resp.js';

/** Directives by name; one of several words has them in an array. */
export type Config = Readonly<Record<string, string | readonly string[]>>;

export interface ServerTls {
  readonly certificates: Certificates;
  /** What the server shows; `certificates.server` unless given. */
  readonly shows?: Certificate;
  /** Whether it asks clients for a certificate (`tls-auth-clients`); `no` unless given. */
  readonly asksClients?: 'no' | 'optional' | 'yes';
}

export interface RedisOptions {
  /**
   * Directives of redis.conf, e.g. `{ requirepass: 'x', appendonly: 'yes' }`. Without persistence
   * unless asked for.
   */
  readonly config?: Config;
  /** Speaks TLS on a port of its own, beside the plain one that is for the test's own questions. */
  readonly tls?: ServerTls;
  /** A Sentinel: the same program, other directives. */
  readonly sentinel?: boolean;
}

/** A real server of our own on a free port of 127.0.0.1. */
export interface RedisServer {
  readonly port: number;
  /** 0 without `tls`, where nobody listens. */
  readonly tlsPort: number;
  /** Without the password. */
  readonly url: string;
  /** The same over TLS. */
  readonly tlsUrl: string;
  /** The process now; changes with `restart`. */
  readonly pid: number;
  /** It lives and is not paused. */
  readonly isAwake: boolean;
  /** What its process said so far. */
  readonly log: string;
  /** Its working directory: dumps, append-only files, its configuration. */
  readonly folder: string;
  /** Asks it one thing over a connection of ours that is kept until the server goes or closes it. */
  command(...args: readonly (string | number)[]): Promise<Reply>;
  /** A connection of the caller's own, who closes it; by the password of `config` unless given. */
  connect(login?: Login): Promise<RedisClient>;
  /** SIGSTOP, and waits until it stands still: it holds its connections and answers nothing. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL: nothing is saved; its files stay for `restart`. */
  kill9(): Promise<void>;
  /** The same ports and files; what is running ends by SIGTERM first. */
  restart(): Promise<void>;
  /** Ends it and removes its files. May be called twice. */
  stop(): Promise<void>;
}

interface Ports {
  readonly port: number;
  readonly tlsPort: number;
}

const TRIES = 10;
const TAKEN = /Address already in use/;

/** Starts a server and waits until it answers. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  try {
    return await startOnFreePorts(options, folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startOnFreePorts(options: RedisOptions, folder: string): Promise<RedisServer> {
  // It rewrites its file when it learns something (CONFIG REWRITE), and starts anew by what it learnt.
  const file = join(folder, 'redis.conf');
  const launch = () =>
    options.sentinel
      ? startRedisProcess([file, '--sentinel'], 'Sentinel ID is')
      : startRedisProcess([file], 'Ready to accept connections');
  for (let left = TRIES; ; left--) {
    const ports = { port: await freePort(), tlsPort: options.tls ? await freePort() : 0 };
    writeFileSync(file, configFile(configOf(options, ports, folder)));
    try {
      return serverOf(await launch(), launch, ports, folder, options);
    } catch (error) {
      if (left === 1 || !(error instanceof Error && TAKEN.test(error.message))) throw error;
    }
  }
}

function configOf(options: RedisOptions, ports: Ports, folder: string): Config {
  return {
    port: String(ports.port),
    bind: '127.0.0.1',
    dir: folder,
    ...(!options.sentinel && { save: '' }),
    ...(options.tls && tlsConfig(options.tls, ports.tlsPort)),
    ...options.config,
  };
}

function tlsConfig(tls: ServerTls, port: number): Config {
  const { certificates, shows = certificates.server, asksClients = 'no' } = tls;
  return {
    'tls-port': String(port),
    'tls-cert-file': shows.cert,
    'tls-key-file': shows.key,
    'tls-ca-cert-file': certificates.ca,
    'tls-auth-clients': asksClients,
  };
}

function configFile(config: Config): string {
  const lines = Object.entries(config).map(([name, value]) =>
    [name, ...[value].flat().map((word) => JSON.stringify(word))].join(' '),
  );
  return `${lines.join('\n')}\n`;
}

function serverOf(
  first: RedisProcess,
  launch: () => Promise<RedisProcess>,
  { port, tlsPort }: Ports,
  folder: string,
  options: RedisOptions,
): RedisServer {
  let current = first;
  let kept: RedisClient | undefined;
  let opening: Promise<RedisClient> | undefined;
  const password = options.config?.requirepass;
  const own = typeof password === 'string' && password !== '' ? { password } : undefined;
  const connect = (login: Login | undefined = own) => connectRedis(port, { login });

  /** The one for `command`, made anew when it was closed. */
  const client = async () => {
    if (kept?.isClosed === false) return kept;
    opening ??= connect().finally(() => {
      opening = undefined;
    });
    kept = await opening;
    return kept;
  };

  const end = async (signal: NodeJS.Signals) => {
    kept?.close();
    await current.end(signal);
  };
  return {
    port,
    tlsPort,
    url: `redis://127.0.0.1:${port}`,
    tlsUrl: `rediss://127.0.0.1:${tlsPort}`,
    folder,
    get pid() {
      return current.pid;
    },
    get isAwake() {
      return current.isAwake;
    },
    get log() {
      return current.log;
    },
    connect,
    command: async (...args) => (await client()).command(...args),
    pause: () => current.pause(),
    resume: () => current.resume(),
    kill9: () => end('SIGKILL'),
    async restart() {
      const previous = current.pid;
      await end('SIGTERM');
      current = await launch();
      takesThePlaceOf(current.pid, previous);
    },
    async stop() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
