// Installs the npm packages of the lock file, unless they are there already.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './run.mjs';

/**
 * @param {() => void} begins called when there is something to do, before it takes its time
 * @returns {Promise<string>} what was done, for people
 */
export async function installNpmPackages(begins = () => {}) {
  if (areCurrent()) return 'in place';
  begins();
  await run('npm', ['ci', '--no-audit', '--no-fund']);
  return 'installed';
}

/**
 * npm itself notes what it installed, in the same form as the lock file; it writes the note last, so
 * that a broken installation has none. Packages for other platforms are not installed.
 */
function areCurrent() {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = installed[path];
    if (path === '' || (optional && found === undefined)) return true;
    const same = found?.version === version && found?.integrity === integrity;
    return same && existsSync(join(ROOT, path));
  });
}

/** @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>} */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch {
    return {};
  }
}
