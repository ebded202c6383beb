import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TAG } from './processes.js';

/** The real command, as it is published. */
export const BIN = fileURLToPath(new URL('../../bin/redlock-run.js', import.meta.url));

export interface CliOptions {
  /** On top of PATH; nothing else is inherited. `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads; an empty input by default. */
  readonly stdin?: string;
  /** Its input stays open: write to `process.stdin`. */
  readonly openStdin?: boolean;
  readonly cwd?: string;
  /** The Node to run it with. */
  readonly node?: string;
  /** Options of that Node. */
  readonly nodeArgs?: readonly string[];
  /** Gives it a terminal (script(1)): its stdin, stdout and stderr are one, `stdout` here. */
  readonly terminal?: boolean;
  /** ms after which it is killed and the test fails. */
  readonly within?: number;
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start to the end of its output. */
  readonly ms: number;
}

export interface LiveCli {
  readonly process: ChildProcess;
  readonly pid: number;
  /** So far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves with the match once either stream holds it; rejects when it ends without. */
  waitForOutput(pattern: RegExp | string): Promise<RegExpExecArray>;
  kill(signal?: NodeJS.Signals): void;
  /** Keys of a person at its terminal; `\u0003` is Ctrl-C. */
  type(keys: string): void;
  readonly ended: Promise<CliResult>;
}

const LONGEST = 20_000;

/** Runs the command line to its end. */
export function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return start(args, options).ended;
}

/** Starts the command line and hands it out alive. */
export function start(args: readonly string[], options: CliOptions = {}): LiveCli {
  return startScript(BIN, args, options);
}

/** The same for another script of Node: an application that uses the library. */
export function startScript(
  script: string,
  args: readonly string[],
  options: CliOptions = {},
): LiveCli {
  const { stdin = '', cwd, node = process.execPath, nodeArgs = [], within = LONGEST } = options;
  const since = performance.now();
  const words = [node, ...nodeArgs, script, ...args];
  const [program = '', ...rest] = options.terminal ? inTerminal(words) : words;
  const child = spawn(program, rest, {
    env: environment(options.env),
    ...(cwd !== undefined && { cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  // The end of its input would be the end of a terminal, too.
  if (!options.openStdin && !options.terminal) child.stdin.end(stdin);

  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }

  const ended = new Promise<CliResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      const said = `${output.stdout}${output.stderr}`;
      reject(new Error(`${words.join(' ')}: no end within ${within} ms\n${said}`));
    }, within);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...output, ms: performance.now() - since });
      for (const listener of listeners) listener();
    });
  });
  // Whoever only waits for output is not to be told of the end.
  ended.catch(() => {});

  return {
    process: child,
    pid: child.pid ?? -1,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    kill: (signal) => void child.kill(signal),
    type: (keys) => void child.stdin.write(keys),
    ended,
    waitForOutput(pattern) {
      const wanted = typeof pattern === 'string' ? literal(pattern) : pattern;
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = wanted.exec(output.stdout) ?? wanted.exec(output.stderr);
          const over = child.stdout.readableEnded && child.stderr.readableEnded;
          if (match === null && !over) return;
          listeners.delete(look);
          if (match !== null) return resolve(match);
          reject(new Error(`ended without ${wanted}:\n${output.stdout}${output.stderr}`));
        };
        listeners.add(look);
        ended.catch(reject);
        look();
      });
    },
  };
}

function inTerminal(words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return ['script', '-qec', `exec ${quoted.join(' ')}`, '/dev/null'];
}

function environment(given: CliOptions['env'] = {}): Record<string, string> {
  const { PATH, TMPDIR } = process.env;
  const all = { PATH, TMPDIR, TEST_TAG: TAG, ...given };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function literal(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
