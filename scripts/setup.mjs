// Everything between a clean checkout and a command that runs: npm packages, then dist/.
import { buildIfStale } from './setup/build-if-stale.mjs';
import { installNpmPackages } from './setup/npm-packages.mjs';
import { StepFailed, Stopped } from './setup/run.mjs';

const say = (text) => process.stderr.write(`${text} …\n`);

try {
  await installNpmPackages(() => say('installing npm packages'));
  await buildIfStale(() => say('building'));
} catch (error) {
  if (!(error instanceof StepFailed || error instanceof Stopped)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
