import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { decode, encode, RedisError, type Reply } from './resp.js';

export interface RedisClient {
  /** Sends one command; rejects with a RedisError when that is the answer. */
  command(...args: readonly (string | number)[]): Promise<Reply>;
  close(): void;
  /** By whomever. */
  readonly isClosed: boolean;
}

/** Without a name: the default user. */
export interface Login {
  readonly username?: string;
  readonly password: string;
}

export interface ClientOptions {
  readonly login?: Login | undefined;
  /** Speaks TLS, e.g. `{ ca: readFileSync(certificates.ca) }`. */
  readonly tls?: ConnectionOptions;
}

/** The least client that can ask a server what is true: independent of the one under test. */
export async function connectRedis(
  port: number,
  { login, tls }: ClientOptions = {},
): Promise<RedisClient> {
  const host = '127.0.0.1';
  const socket = tls ? connectTls({ ...tls, host, port }) : connect(port, host);
  const waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  readReplies(socket, (reply) => {
    const next = waiting.shift();
    if (reply instanceof RedisError) next?.reject(reply);
    else next?.resolve(reply);
  });
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));
  await once(socket, tls ? 'secureConnect' : 'connect');

  const client: RedisClient = {
    command: (...args) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection is closed'));
        waiting.push({ resolve, reject });
        socket.write(encode(args));
      }),
    close: () => socket.destroy(),
    get isClosed() {
      return socket.destroyed;
    },
  };
  if (login !== undefined) await logIn(client, login);
  return client;
}

async function logIn(client: RedisClient, { username, password }: Login): Promise<void> {
  try {
    await client.command('AUTH', ...(username === undefined ? [] : [username]), password);
  } catch (error) {
    client.close();
    throw error;
  }
}

function readReplies(socket: Socket, take: (reply: Reply) => void): void {
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let parsed = decode(bytes); parsed !== undefined; parsed = decode(bytes)) {
      bytes = bytes.subarray(parsed.length);
      take(parsed.value);
    }
  });
}
