// `npm test`: installs what is missing, then type check, lint, build and all tests, each in one line
// unless it fails. The last line is always `N passed, N failed`.
//
// `npm test -- test/core` runs the tests of these files alone.
import { build, buildIfStale } from './setup/build-if-stale.mjs';
import { installDebianPackages } from './setup/debian-packages.mjs';
import { installNpmPackages } from './setup/npm-packages.mjs';
import { run, Stopped } from './setup/run.mjs';
import { step } from './test/step.mjs';
import { runAloud, runQuietly } from './test/vitest.mjs';

/** Summer time there is half an hour, so that a mix-up of local time and UTC shows. */
const OTHER_ZONE = 'Australia/Lord_Howe';

const total = { passed: 0, failed: 0 };
const files = process.argv.slice(2);

try {
  if (!(await isReady())) total.failed += 1;
  else if (files.length > 0) add(await runAloud(files));
  else await checkEverything();
} catch (error) {
  if (!(error instanceof Stopped)) throw error;
  total.failed += 1;
}

process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function isReady() {
  return (
    (await step('npm packages', () => installNpmPackages())) &&
    (await step('programs', () => installDebianPackages())) &&
    (files.length === 0 || (await step('build', () => buildIfStale())))
  );
}

async function checkEverything() {
  await check('type check', () => run('node_modules/.bin/tsc', []));
  await check('lint', () => run('node_modules/.bin/biome', ['ci', '--colors=off']));
  await check('build', () => build());
  await tests('tests', [], {});
  await tests(`tests, TZ=${OTHER_ZONE}`, ['test/core', 'test/schedule'], { TZ: OTHER_ZONE });
}

/** Counts as one test. */
async function check(name, act) {
  const isFine = await step(name, act);
  add({ passed: isFine ? 1 : 0, failed: isFine ? 0 : 1 });
}

async function tests(name, wanted, env) {
  await step(name, async () => {
    const tally = await runQuietly(wanted, env);
    add(tally);
    if (tally.error !== undefined) throw tally.error;
    return `${tally.passed} passed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''}`;
  });
}

function add({ passed, failed }) {
  total.passed += passed;
  total.failed += failed;
}
