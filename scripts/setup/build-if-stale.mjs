// Builds dist/ when a source is newer than it.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './run.mjs';

const SOURCES = ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json'];

/**
 * @param {() => void} begins called when there is something to do, before it takes its time
 * @returns {Promise<string>} what was done, for people
 */
export async function buildIfStale(begins = () => {}) {
  if (newest('dist') >= Math.max(...SOURCES.map(newest))) return 'in place';
  begins();
  await build();
  return 'built';
}

/** @throws {StepFailed} with the bundler's words; nothing half-built is left */
export async function build() {
  try {
    await run(process.execPath, ['scripts/build.mjs']);
  } catch (error) {
    rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
    throw error;
  }
}

/** When something below was last changed, added or taken away: ms since the epoch, or -Infinity. */
function newest(path) {
  const at = statSync(join(ROOT, path), { throwIfNoEntry: false });
  if (at === undefined) return Number.NEGATIVE_INFINITY;
  const inside = at.isDirectory() ? readdirSync(join(ROOT, path)) : [];
  return Math.max(at.mtimeMs, ...inside.map((name) => newest(join(path, name))));
}
