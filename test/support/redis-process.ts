import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stateOf } from './processes.js';

/** One process of redis-server, whatever it serves. */
export interface RedisProcess {
  readonly pid: number;
  /** What it said so far. */
  readonly log: string;
  /** It lives and is not paused. */
  readonly isAwake: boolean;
  /** SIGSTOP, and waits until it stands still. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): void;
  /** Waits until it has ended; at once when it has already. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** ms that a server may take until it is ready. */
const LONGEST_START = 15_000;
const LONGEST_LOG = 100_000;

/** They end with us; one listener for all, since a stage of many servers is no leak of listeners. */
const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/**
 * Starts redis-server with the arguments and waits until its log has the word `ready`: a PING could
 * be answered by somebody else who took the port.
 *
 * @throws Error with the log when it ends before, or is not ready in time
 */
export async function startRedisProcess(
  args: readonly string[],
  ready: string,
): Promise<RedisProcess> {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  living.add(child);
  child.once('exit', () => living.delete(child));

  let log = '';
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (words: string, cause?: Error) =>
        reject(new Error(log === '' ? words : `${words}:\n${log}`, { cause }));
      const timer = setTimeout(() => fail('redis-server is not ready'), LONGEST_START);
      child.on('error', (cause) => {
        clearTimeout(timer);
        const missing = 'code' in cause && cause.code === 'ENOENT';
        if (missing)
          fail('redis-server is not installed; run: apt-get install redis-server', cause);
        else reject(cause);
      });
      child.on('close', () => {
        clearTimeout(timer);
        fail('redis-server ended');
      });
      // Read to the end: a full pipe would stop the server.
      const read = (text: string) => {
        if (log.length < LONGEST_LOG) log += text;
        if (!log.includes(ready)) return;
        clearTimeout(timer);
        resolve();
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return handleOf(child, pidOf(child), () => log);
}

function handleOf(child: ChildProcess, pid: number, log: () => string): RedisProcess {
  return {
    pid,
    get log() {
      return log();
    },
    get isAwake() {
      const state = stateOf(pid);
      return state !== undefined && state !== 'T';
    },
    async pause() {
      child.kill('SIGSTOP');
      for (let state = stateOf(pid); state !== 'T'; state = stateOf(pid)) {
        if (state === undefined) throw new Error('redis-server is dead: it cannot be paused');
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    resume: () => void child.kill('SIGCONT'),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      // A paused server sees no SIGTERM.
      child.kill('SIGCONT');
      await gone;
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('redis-server was not started');
  return child.pid;
}
