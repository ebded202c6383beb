import { usage } from '../../core/errors.js';
import { checkJitter } from '../../core/jitter.js';
import { checkNodeName } from '../../core/limits.js';
import { findCommand } from '../../process/find-command.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { createReporter, type Reporter } from '../reporter.js';
import { bidForSlot } from './bid-for-slot.js';
import { chooseSlot } from './choose-slot.js';
import { readPlainFlags } from './plain-flags.js';
import { type RedisLogin, redisLogin } from './redis-login.js';
import { readSettings, type Settings } from './settings.js';
import { sayPasswordIsSeen } from './words.js';

/**
 * `redlock-run [run]`: bids for the current slot and runs the command when elected.
 *
 * @param own the words before `--`
 * @param job the words after it
 * @returns the exit code
 * @throws Failure for bad input, before Redis is contacted
 */
export async function run(
  own: readonly string[],
  io: Io,
  job: readonly string[] | undefined,
): Promise<number> {
  const flags =
    readPlainFlags(own) ?? (await import('./parse-flags.js')).parseFlags(own, job !== undefined);
  if (flags === 'help') {
    const { runHelp } = await import('./help.js');
    io.stdout.write(runHelp());
    return EXIT.ok;
  }
  const settings = await readSettings(flags, io.env);
  const [name, ...args] = job ?? [];
  if (name === undefined) throw usage('the command is missing; end with -- COMMAND [ARG…]');
  return prepare(settings, redisLogin(settings, flags, io), [name, ...args], io);
}

/** Everything that can be wrong on this node is found here, so that another node can win. */
async function prepare(
  settings: Settings,
  login: RedisLogin,
  [name, ...args]: readonly [string, ...string[]],
  io: Io,
): Promise<number> {
  const { slot, schedule } = await chooseSlot(settings, io.now());
  checkJitter(settings.jitter, slot, '--jitter');
  const node = settings.node ?? checkNodeName(io.hostname(), 'the host name (set --node)');
  const reporter = await reporterFor(settings, slot.id, node, io);
  if (login.isSeenByPs) sayPasswordIsSeen(reporter);

  const shell = settings.shell === true;
  const cwd = workingDirectory(io);
  if (cwd === undefined) {
    reporter.error('not-executable', 'the working directory has been removed');
    return EXIT.notExecutable;
  }
  const search = { path: io.env.PATH, cwd };
  const found = findCommand(shell ? '/bin/sh' : name, search);
  if (found.kind !== 'found') {
    reporter.error(found.kind, found.reason);
    return found.kind === 'not-found' ? EXIT.notFound : EXIT.notExecutable;
  }
  const command = { command: name, args, shell, ...(!shell && { file: found.file }) };
  const owner = io.randomId();
  return bidForSlot({ settings, login, slot, schedule, node, owner, command, reporter, io });
}

function workingDirectory(io: Io): string | undefined {
  try {
    return io.cwd();
  } catch {
    return undefined;
  }
}

async function reporterFor(
  settings: Settings,
  slot: string,
  node: string,
  io: Io,
): Promise<Reporter> {
  const { key, verbose, quiet, log } = settings;
  const volume = verbose ? 'verbose' : quiet ? 'quiet' : 'normal';
  const coloured = log === 'text' && io.stderr.isTTY && !io.env.NO_COLOR;
  const { paint } = coloured ? await import('../paint.js') : { paint: undefined };
  return createReporter(
    { stderr: io.stderr, now: () => io.now(), volume, format: log, ...(paint && { paint }) },
    { key, slot, node },
  );
}
