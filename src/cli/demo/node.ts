import { spawn } from 'node:child_process';
import { ourselves } from '../ourselves.js';

/** What every call of the fleet has in common. */
export interface Crontab {
  readonly options: readonly string[];
  /** For /bin/sh. */
  readonly jobScript: string;
  /** Where it runs: nothing of it is written elsewhere. */
  readonly cwd: string;
  /** All that a node sees of this one's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the wrapper said about its bid, from `--log json`. */
export interface Said {
  readonly level: string;
  readonly event: string;
  readonly message: string;
}

export interface BidEnd {
  readonly node: string;
  /** null when it was killed. */
  readonly code: number | null;
  readonly said: readonly Said[];
}

/** One real process of the real command line: a node whose cron has fired. */
export interface LiveBid {
  readonly node: string;
  readonly ended: Promise<BidEnd>;
  /** Resolves when its job runs. */
  readonly running: Promise<void>;
  /** As a node dies: the wrapper and its job at once, without a chance to say goodbye. */
  die(): void;
  /** As an operator stops it. */
  stop(): void;
}

/** Starts `redlock-run` as a node whose scheduler fires for a slot. */
export function bid(node: string, slot: string, crontab: Crontab): LiveBid {
  const { node: program, args } = ourselves();
  const own = ['--node', node, '--slot', slot, '--log', 'json', '--verbose', ...crontab.options];
  const job = ['/bin/sh', '-c', crontab.jobScript];
  const child = spawn(program, [...args, 'run', ...own, '--', ...job], {
    cwd: crontab.cwd,
    env: crontab.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  let stdout = '';
  let stderr = '';
  let started = () => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const jobGroup = () => Number(/^job (\d+)$/m.exec(stdout)?.[1] ?? 0);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (jobGroup() > 0) started();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });

  const ended = new Promise<BidEnd>((resolve) => {
    child.on('error', ({ message }) => {
      resolve({ node, code: null, said: [trouble(message)] });
    });
    child.on('close', (code) => {
      resolve({ node, code, said: stderr.split('\n').flatMap(readSaid) });
    });
  });
  return {
    node,
    ended,
    running,
    die() {
      child.kill('SIGKILL');
      killGroup(jobGroup());
    },
    stop: () => void child.kill('SIGTERM'),
  };
}

function killGroup(leader: number): void {
  if (leader <= 0) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function readSaid(line: string): Said[] {
  if (line === '') return [];
  try {
    const said: unknown = JSON.parse(line);
    return isSaid(said) ? [said] : [trouble(line)];
  } catch {
    return [trouble(line)];
  }
}

function isSaid(value: unknown): value is Said {
  return (
    typeof value === 'object' &&
    value !== null &&
    'level' in value &&
    typeof value.level === 'string' &&
    'event' in value &&
    typeof value.event === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  );
}

function trouble(message: string): Said {
  return { level: 'error', event: 'trouble', message };
}
