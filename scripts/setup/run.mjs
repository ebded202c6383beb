// Runs a program and keeps its words to itself unless it fails.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const MINUTE = 60_000;
const LIMIT = 15 * MINUTE;
/** ms for the last words of what has ended: something that it left may hold its output for ever. */
const LAST_WORDS = 1_000;
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** What a step that failed has to say. */
export class StepFailed extends Error {}

/** Somebody wants no further step. */
export class Stopped extends Error {}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {Record<string, string>} [options.env] on top of ours
 * @param {number} [options.limit] ms after which it is killed, and all that it has started with it
 * @param {boolean} [options.aloud] its words are seen as they come
 * @returns {Promise<void>}
 * @throws {StepFailed} with all that it said, when it does not exit 0
 * @throws {Stopped} when a signal ends us both
 */
export async function run(program, args, { env = {}, limit = LIMIT, aloud = false } = {}) {
  const output = aloud ? 'inherit' : 'pipe';
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
    // A group of its own: a test that spins for ever hears no signal, so that KILL has to reach it.
    detached: true,
  });
  const streams = [child.stdout, child.stderr];
  const hangUp = () => {
    for (const stream of streams) stream?.destroy();
  };
  child.on('exit', () => setTimeout(hangUp, LAST_WORDS).unref());
  let said = '';
  for (const stream of streams) {
    stream?.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }

  let early;
  const end = (why) => {
    early = why;
    killGroup(child.pid);
  };
  const minutes = `no end within ${limit / MINUTE} minutes`;
  const timer = setTimeout(() => end(new StepFailed(`${said}${minutes}`)), limit);
  const listeners = STOPPING.map((name) => [name, () => end(new Stopped(`stopped by ${name}`))]);
  for (const [name, listener] of listeners) process.on(name, listener);
  const code = await new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (status, signal) => resolve(status ?? signal));
  });
  clearTimeout(timer);
  for (const [name, listener] of listeners) process.off(name, listener);

  if (early !== undefined) throw early;
  if (code !== 0) throw new StepFailed(`${said}${[program, ...args].join(' ')}: exit ${code}`);
}

function killGroup(leader) {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
