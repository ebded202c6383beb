#!/usr/bin/env node
'use strict';
// Starts dist/redlock-run.cjs from V8's code cache. Node compiles all of this at every start, on
// every node: what is rare is in code-cache.js. docs/decisions/0002-start-up.md tells what it saves.
const fs = require('node:fs');
const { Script } = require('node:vm');

const PACKAGE = `${__dirname}/..`;
const DIST = `${PACKAGE}/dist`;
const { XDG_CACHE_HOME = '', HOME = '', NODE_OPTIONS = '' } = process.env;
const BASE = XDG_CACHE_HOME.startsWith('/')
  ? XDG_CACHE_HOME
  : HOME.startsWith('/') && `${HOME}/.cache`;
/** The second is for users to whom the package does not belong. */
const CACHES = BASE ? [`${PACKAGE}/.cache`, `${BASE}/redlock-run`] : [`${PACKAGE}/.cache`];
const USER = process.geteuid?.();

/** Caches fit one Node and its options; V8 itself refuses those of another V8. */
const options = process.execArgv.join(' ') + NODE_OPTIONS;
const flags = options && `-${Buffer.from(options).toString('base64url').slice(0, 99)}`;
const NODE = `${process.version}-${process.arch}${flags}`;

/** Each command has a cache of its own, which holds what that command uses and nothing else. */
const end = process.argv.indexOf('--');
const own = process.argv.slice(2, end < 0 ? undefined : end);
const isAboutWords = ['--help', '-h', '--version', '-V'].some((word) => own.includes(word));
const COMMAND = isAboutWords ? 'help' : /^[a-z]{1,20}$/.test(own[0] ?? '') ? own[0] : 'run';

const loaded = new Map();
/** Scripts without a cache: what they have compiled is kept for the next start. */
const fresh = [];

// In parentheses, V8 compiles a function at once instead of reading it twice.
const load = (name) => {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(name, module);

  const filename = `${DIST}/${name}`;
  const source = fs.readFileSync(filename, 'utf8');
  // Of the source V8 compares the length only; so the build's id, its first digits, is in the name.
  const what = name === 'redlock-run.cjs' ? COMMAND : name.slice(name.lastIndexOf('/') + 1);
  const cache = `${what}-${NODE}-${source.slice(2, 18)}`;
  let cachedData;
  for (const directory of CACHES) {
    const path = `${directory}/${cache}`;
    if (!fs.existsSync(path)) continue;
    try {
      const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
      const { size, mode, uid } = fs.fstatSync(descriptor);
      // A file that nobody but we and root can have written.
      const isOurs = (mode & 0o170022) === 0o100000 && (uid === 0 || uid === USER);
      const twice = new Uint8Array(isOurs ? size : 0);
      fs.readSync(descriptor, twice, 0, twice.length, 0);
      fs.closeSync(descriptor);
      // It is there twice: V8 does not notice damage, and nothing that Node has compares faster.
      const once = new Uint8Array(twice.buffer, 0, twice.length / 2);
      const again = new Uint8Array(twice.buffer, twice.length / 2);
      if (once.length > 0 && Buffer.compare(once, again) === 0) {
        cachedData = once;
        break;
      }
    } catch {
      // As good as not there.
    }
  }

  const script = new Script(source, { filename, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) {
    if (fresh.push({ cache, script }) === 1) process.on('exit', keep);
  }
  const run = script.runInThisContext();
  // What the bundle loads on demand lies beside it.
  const requireFromDist = (id) => (id.startsWith('./') ? load(id.slice(2)) : require(id));
  run(module.exports, requireFromDist, module, filename, DIST);
  return module.exports;
};

function keep(code) {
  // What ended with an exit code of ours has not come far.
  if (code < 64 || code > 78) require('./code-cache.js').save(fresh, CACHES);
}

load('redlock-run.cjs');
