import { systemClock } from '../system-clock.js';
import { hostName } from './host-name.js';
import type { Io } from './io.js';
import { main } from './main.js';
import { output } from './output.js';
import { randomId } from './random-id.js';

/** The real world. Nothing else in src/cli touches `process`. */
const io: Io = {
  env: process.env,
  stdout: output(1),
  stderr: output(2),
  signals: process,
  now: () => Date.now(),
  clock: systemClock,
  cwd: () => process.cwd(),
  hostname: hostName,
  randomId,
};

main(process.argv.slice(2), io).then((code) => process.exit(code));
