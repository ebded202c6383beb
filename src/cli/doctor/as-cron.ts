import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { ourselves } from '../ourselves.js';
import { LEFT_OUT } from './flags.js';
import { cronEnvironment, leftOutByCron } from './node/cron.js';

/**
 * The same examination in cron's environment and in the directory where cron starts jobs: a new process,
 * because Node reads some variables only at its start.
 *
 * @returns its exit code
 */
export function asCron(own: readonly string[], { env }: Io): Promise<number> {
  const { node, args } = ourselves();
  const words = own.filter((word) => word !== '--as-cron');
  const told = [LEFT_OUT, leftOutByCron(env).join(',')];
  const bare = cronEnvironment();
  return new Promise((resolve, reject) => {
    const child = spawn(node, [...args, 'doctor', ...words, ...told], {
      env: bare,
      cwd: bare.HOME,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      resolve(code ?? EXIT.signal + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
