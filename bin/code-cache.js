'use strict';
// Writes V8's code caches; loaded only by a start that found none it could use.
const fs = require('node:fs');
const { dirname } = require('node:path');

const MONTH = 30 * 86_400_000;

/**
 * Keeps what the scripts have compiled, in the first directory that is safe. Nothing is said when
 * that cannot be: the next start is slower, and that is all.
 *
 * @param {{ cache: string, script: import('node:vm').Script }[]} fresh
 * @param {[string, string | undefined]} directories in the package, and in the user's home
 */
exports.save = (fresh, [inPackage, inHome]) => {
  try {
    const directory = prepared(inPackage, 0o755) ?? prepared(inHome, 0o700);
    if (directory === undefined) return;
    if (directory === inPackage) fs.writeFileSync(`${directory}/.gitignore`, '*\n');
    for (const { cache, script } of fresh) write(directory, cache, script.createCachedData());
    // A package has one build; a home may know several packages.
    prune(directory, build(fresh[0].cache), directory === inPackage ? 0 : MONTH);
  } catch {
    // A full disk, a read-only one, a process limit.
  }
};

/** @returns the directory, made if need be, when nobody else can write to it */
function prepared(directory, mode) {
  if (directory === undefined || process.geteuid === undefined) return undefined;
  try {
    if (mode === 0o755 && !isOurs(dirname(directory))) return undefined;
    fs.mkdirSync(directory, { recursive: true, mode });
    return isOurs(directory) ? directory : undefined;
  } catch {
    return undefined;
  }
}

function isOurs(directory) {
  const stats = fs.lstatSync(directory);
  return stats.isDirectory() && stats.uid === process.geteuid() && (stats.mode & 0o022) === 0;
}

/** By rename, so that a thousand starts at once find all of it or nothing. */
function write(directory, name, data) {
  const temporary = `${directory}/${name}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(temporary, Buffer.concat([data, data]), { flag: 'wx', mode: 0o644 });
    fs.renameSync(temporary, `${directory}/${name}`);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Takes away what other builds have left. */
function prune(directory, current, age) {
  for (const name of fs.readdirSync(directory)) {
    if ([undefined, current].includes(build(name))) continue;
    const path = `${directory}/${name}`;
    if (Date.now() - fs.statSync(path).mtimeMs >= age) fs.rmSync(path, { force: true });
  }
}

/** The end of our names; undefined for a file that is not ours. */
function build(name) {
  return /-([0-9a-f]{16})(?:\.\d+\.tmp)?$/.exec(name)?.[1];
}
