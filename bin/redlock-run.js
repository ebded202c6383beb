#!/usr/bin/env node
'use strict';
// Starts dist/redlock-run.cjs from V8's code cache. Node compiles all of this at every start, on
// every node: what is rare is in code-cache.js. docs/decisions/0002-start-up.md tells what it saves.
const fs = require('node:fs');
const { Script } = require('node:vm');

const PACKAGE = `${__dirname}/..`;
const DIST = `${PACKAGE}/dist`;
const { XDG_CACHE_HOME = '', HOME = '', NODE_OPTIONS = '' } = process.env;
const BASE = XDG_CACHE_HOME.startsWith('/') ? XDG_CACHE_HOME : `${HOME}/.cache`;
/** The second is for users to whom the package does not belong. */
const CACHES = [`${PACKAGE}/.cache`];
if (BASE.startsWith('/') && BASE !== '/.cache') CACHES.push(`${BASE}/redlock-run`);
const USER = process.geteuid?.();
const OWN = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW;

/** Caches fit one Node and its options; V8 itself refuses those of another V8. */
const options = process.execArgv.join(' ') + NODE_OPTIONS;
const hash = (sum, char) => Math.imul(sum ^ char.charCodeAt(0), 0x01000193) >>> 0;
const flags = options && `-${[...options].reduce(hash, 0x811c9dc5).toString(36)}`;
const NODE = `${process.version}-${process.arch}${flags}`;

/** Each command has a cache of its own, which holds what that command uses and nothing else. */
const end = process.argv.indexOf('--');
const own = process.argv.slice(2, end < 0 ? undefined : end);
const isAboutWords = ['--help', '-h', '--version', '-V'].some((word) => own.includes(word));
const COMMAND = isAboutWords ? 'help' : /^[a-z]{1,20}$/.test(own[0] ?? '') ? own[0] : 'run';

const loaded = new Map();
/** Scripts without a cache: what they have compiled is kept for the next start. */
const fresh = [];

/** One for all files: to touch fresh memory takes longer than to read. */
let memory = Buffer.allocUnsafeSlow(1 << 20);

/** @returns how many bytes of `memory` are the file's; 0 when somebody else can have written it */
function read(path, isCache) {
  const descriptor = fs.openSync(path, isCache ? OWN : fs.constants.O_RDONLY);
  try {
    const { size, mode, uid } = fs.fstatSync(descriptor);
    if (isCache && ((mode & 0o170022) !== 0o100000 || (uid !== 0 && uid !== USER))) return 0;
    if (size > memory.length) memory = Buffer.allocUnsafeSlow(size);
    return fs.readSync(descriptor, memory, 0, size, 0);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** @returns compiled code, good until the next file is read */
function readCache(name) {
  for (const directory of CACHES) {
    const path = `${directory}/${name}`;
    if (!fs.existsSync(path)) continue;
    try {
      const half = Math.floor(read(path, true) / 2);
      // It is there twice: V8 does not notice damage, and nothing that Node has compares faster.
      const once = new Uint8Array(memory.buffer, 0, half);
      if (half > 0 && Buffer.compare(once, new Uint8Array(memory.buffer, half, half)) === 0) {
        return once;
      }
    } catch {
      // As good as not there.
    }
  }
  return undefined;
}

function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(name, module);

  const filename = `${DIST}/${name}`;
  const source = memory.latin1Slice(0, read(filename, false));
  // Of the source V8 compares the length only; so the build's id, its first digits, is in the name.
  const what = name === 'redlock-run.cjs' ? COMMAND : name.slice(name.lastIndexOf('/') + 1);
  const cache = `${what}-${NODE}-${source.slice(2, 18)}`;
  const cachedData = readCache(cache);
  const script = new Script(source, { filename, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) {
    if (fresh.push({ cache, script }) === 1) process.on('exit', keep);
  }
  const run = script.runInThisContext();
  // What the bundle loads on demand lies beside it.
  const requireFromDist = (id) => (id.startsWith('./') ? load(id.slice(2)) : require(id));
  run(module.exports, requireFromDist, module, filename, DIST);
  return module.exports;
}

function keep(code) {
  // What ended with an exit code of ours has not come far.
  if (code >= 64 && code <= 78) return;
  try {
    require('./code-cache.js').save(fresh, CACHES);
  } catch {
    // No file descriptor is left, say. The next start is slower, and that is all.
  }
}

load('redlock-run.cjs');
