import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { decode, type Reply } from './resp.js';

/** What happens to one request, or to its reply. */
export type Fault =
  /** The server answers; the reply is thrown away and the connection reset. */
  | 'lose-reply'
  /** The server answers; the reply is thrown away and nothing else happens. */
  | 'swallow-reply'
  /** The request never reaches the server; the connection is reset. */
  | 'lose-request'
  /** The request never reaches the server; nothing else happens. */
  | 'swallow-request'
  /** Half of the reply, then the connection is closed. */
  | 'cut-reply'
  /** Half of the reply, then silence. */
  | 'stall-reply'
  /** These bytes in place of the reply. */
  | { readonly replyWith: string }
  /** The reply comes this many ms late. */
  | { readonly delay: number };

export interface Request {
  /** From 1, over all connections. */
  readonly number: number;
  /** From 1. */
  readonly connection: number;
  /** The name and the arguments, as sent. */
  readonly args: readonly string[];
}

/** Decides per request; `undefined` lets it pass. */
export type Rule = (request: Request) => Fault | undefined;

export interface ProxyOptions {
  readonly fault?: Rule;
  /** Takes connections and never reads from them. */
  readonly deaf?: boolean;
}

/** A TCP proxy in front of a Redis server, for faults on the wire. */
export interface Proxy {
  readonly port: number;
  readonly url: string;
  /** Connections taken so far. */
  readonly connections: number;
  /** Requests seen so far, whatever became of them. */
  readonly requests: readonly Request[];
  /** Resolves with the nth request (from 1) when it is seen. */
  seen(number: number): Promise<Request>;
  /** Replaces the rule from now on. */
  fault(rule: Rule | undefined): void;
  /** New connections go to this server, as behind a name that moves in a failover. */
  leadTo(port: number): void;
  /** Resets every connection now. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1 in front of the server on `first`. */
export async function startProxy(first: number, options: ProxyOptions = {}): Promise<Proxy> {
  let target = first;
  const requests: Request[] = [];
  const watchers = new Set<() => void>();
  const sockets = new Set<Socket>();
  let rule = options.fault;
  let connections = 0;

  const server = createServer({ pauseOnConnect: options.deaf === true }, (client) => {
    connections += 1;
    const connection = connections;
    keep(sockets, client);
    if (options.deaf) return;
    const upstream = keep(sockets, connect(target, '127.0.0.1'));
    pipeRequests(client, upstream, (args) => {
      const request = { number: requests.length + 1, connection, args };
      requests.push(request);
      for (const look of watchers) look();
      return rule?.(request);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const port = portOf(server);
  const cutAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    requests,
    cutAll,
    get connections() {
      return connections;
    },
    fault(next) {
      rule = next;
    },
    leadTo(port) {
      target = port;
    },
    seen: (number) =>
      new Promise((resolve) => {
        const look = () => {
          const request = requests[number - 1];
          if (request === undefined) return;
          watchers.delete(look);
          resolve(request);
        };
        watchers.add(look);
        look();
      }),
    async stop() {
      if (!server.listening) return;
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A rule that strikes the nth request (from 1) whose name is `name`, e.g. `EVALSHA`; others pass. */
export function onNth(fault: Fault, nth = 1, name = /^eval/i): Rule {
  let seen = 0;
  return ({ args: [command = ''] }) => {
    if (!name.test(command)) return undefined;
    seen += 1;
    return seen === nth ? fault : undefined;
  };
}

/** Requests and replies one by one; replies come in the order of their requests (no push messages). */
function pipeRequests(
  client: Socket,
  upstream: Socket,
  take: (args: readonly string[]) => Fault | undefined,
): void {
  const waiting: (Fault | undefined)[] = [];
  let replies = Promise.resolve();
  const cut = () => {
    client.resetAndDestroy();
    upstream.destroy();
  };

  eachMessage(client, cut, (bytes, value) => {
    const fault = take(Array.isArray(value) ? value.map(String) : []);
    if (fault === 'lose-request') return cut();
    if (fault === 'swallow-request') return;
    waiting.push(fault);
    upstream.write(bytes);
  });
  eachMessage(upstream, cut, (bytes) => {
    const fault = waiting.shift();
    replies = replies.then(() => passReply(client, bytes, fault, cut));
  });
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => void replies.then(() => client.end()));
}

async function passReply(
  client: Socket,
  bytes: Buffer,
  fault: Fault | undefined,
  cut: () => void,
): Promise<void> {
  if (fault === 'swallow-reply') return;
  if (fault === 'lose-reply') return cut();
  if (fault === 'cut-reply' || fault === 'stall-reply') {
    const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
    const written = new Promise<void>((resolve) => client.write(half, () => resolve()));
    if (fault === 'stall-reply') return;
    await written;
    // A reset would overtake what is still on its way.
    client.end();
    return;
  }
  if (typeof fault === 'object' && 'delay' in fault) {
    await new Promise((resolve) => setTimeout(resolve, fault.delay));
  }
  if (client.destroyed) return;
  client.write(typeof fault === 'object' && 'replyWith' in fault ? fault.replyWith : bytes);
}

/** Calls back for every whole message that a socket brings. */
function eachMessage(
  socket: Socket,
  cut: () => void,
  take: (bytes: Buffer, value: Reply) => void,
): void {
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    try {
      for (let parsed = decode(bytes); parsed !== undefined; parsed = decode(bytes)) {
        const message = bytes.subarray(0, parsed.length);
        bytes = bytes.subarray(parsed.length);
        take(message, parsed.value);
      }
    } catch {
      cut();
    }
  });
}

function keep(sockets: Set<Socket>, socket: Socket): Socket {
  sockets.add(socket);
  socket.on('error', () => {});
  socket.on('close', () => sockets.delete(socket));
  return socket;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}
