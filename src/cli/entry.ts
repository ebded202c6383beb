import { systemClock } from '../system-clock.js';
import { hostName } from './host-name.js';
import type { Io } from './io.js';
import { main } from './main.js';
import { standardError, standardOutput } from './output.js';
import { randomId } from './random-id.js';

// A name server that is silent would hold the process for 10 s and more, however short --redis-timeout is:
// glibc's look-up cannot be given up (resolv.conf(5)). It is asked again with each try. Not for the job.
const env = { ...process.env };
process.env.RES_OPTIONS ??= 'timeout:1 attempts:1';

/** The real world. Nothing else in src/cli touches `process`. */
const io: Io = {
  env,
  stdin: () => process.stdin,
  stdout: standardOutput(env.JOURNAL_STREAM),
  stderr: standardError(env.JOURNAL_STREAM),
  signals: process,
  now: () => Date.now(),
  clock: systemClock,
  cwd: () => process.cwd(),
  hostname: hostName,
  randomId,
};

main(process.argv.slice(2), io).then((code) => process.exit(code));
