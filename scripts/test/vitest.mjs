// Runs vitest and counts what it did.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, Stopped } from '../setup/run.mjs';

const VITEST = 'node_modules/.bin/vitest';

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {unknown} [error] what it said, when it failed
 */

/**
 * Keeps its words to itself unless a test fails.
 *
 * @param {readonly string[]} files a part of the path of each wanted file; all, when there is none
 * @param {Record<string, string>} env on top of ours
 * @returns {Promise<Tally>}
 */
export function runQuietly(files, env) {
  return counted(files, (args) => run(VITEST, args, { env: { NO_COLOR: '1', ...env } }));
}

/** The same for a person who waits for a few files: seen as they run. @returns {Promise<Tally>} */
export function runAloud(files) {
  return counted(files, (args) => run(VITEST, args, { aloud: true }));
}

async function counted(files, vitest) {
  const folder = mkdtempSync(join(tmpdir(), 'redlock-run-report-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    await vitest(['run', ...reporters, ...files]);
    return tally(report);
  } catch (error) {
    if (error instanceof Stopped) throw error;
    const { failed, ...others } = tally(report);
    // A file that cannot be loaded, or that leaves something behind, may fail no test of its own.
    return { ...others, failed: Math.max(1, failed), error };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tally(report) {
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = read(report);
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
}

function read(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return {};
  }
}
