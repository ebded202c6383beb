import { Failure } from '../core/errors.js';
import { exitCodeOf } from './exit-codes.js';
import type { Io } from './io.js';
import { createReporter } from './reporter.js';
import { splitArgv } from './split-argv.js';

type CommandFunction = (
  own: readonly string[],
  io: Io,
  job: readonly string[] | undefined,
) => Promise<number>;

/** The commands, each loaded only when it is called. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandFunction>>> = {
  run: async () => (await import('./run/run.js')).run,
  daemon: async () => (await import('./commands/daemon.js')).daemon,
  slots: async () => (await import('./commands/slots.js')).slots,
  wrap: async () => (await import('./commands/wrap.js')).wrap,
  doctor: async () => (await import('./commands/doctor.js')).doctor,
  demo: async () => (await import('./commands/demo.js')).demo,
  version: async () => (await import('./commands/version.js')).version,
};

/** Said as options by habit. */
const ALIASES: Readonly<Record<string, string>> = { '--version': 'version', '-V': 'version' };

/**
 * The whole command line. Nothing but `io` is touched.
 *
 * @param argv the words after the program's name
 * @returns the exit code
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    const { own, command: job } = splitArgv(argv);
    return await call(own, io, job);
  } catch (error) {
    return explain(error, io);
  }
}

const call: CommandFunction = async (own, io, job) => {
  const [first = '', ...rest] = own;
  const name = ALIASES[first] ?? first;
  if (name === 'help') {
    const { askedForHelp } = await import('./commands/help.js');
    return call(askedForHelp(rest, Object.keys(COMMANDS)), io, job);
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return (await load())(rest, io, job);
  const { run } = await import('./run/run.js');
  return run(own, io, job);
};

function explain(error: unknown, io: Io): number {
  const { stderr } = io;
  const reporter = createReporter({
    stderr,
    now: () => io.now(),
    volume: 'normal',
    format: 'text',
  });
  if (error instanceof Failure) {
    reporter.error(error.kind, error.message);
  } else {
    // A bug of ours: the trace is what its report needs. No secret is ever in one: see redis/.
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    reporter.error('bug', `internal error, please report it: ${trace}`);
  }
  return exitCodeOf(error);
}
