/**
 * What is changed in dependencies so that a start pays only for what it uses. Each entry is
 * [text, replacement, how often the text occurs]; a file in which it does not occur exactly so
 * often fails the build, so that an upgrade cannot undo or twist a change unseen.
 *
 * Nothing is taken away: Sentinel, Cluster, pipelines and all commands are there when asked for.
 */
const PATCHES = {
  // A getter, because the class is a third of ioredis.
  'ioredis/built/Redis.js': [
    [
      'Redis.Cluster = cluster_1.default;',
      `Object.defineProperty(Redis, "Cluster", {
    configurable: true,
    enumerable: true,
    get: () => cluster_1.default,
});`,
    ],
  ],

  // 800 methods, two per Redis command, are made when they are first asked for. The five made at
  // once are those that every start asks for.
  'ioredis/built/utils/Commander.js': [
    [
      `const commands = commands_1.list.filter((command) => command !== "monitor");
commands.push("sentinel");
commands.forEach(function (commandName) {
    Commander.prototype[commandName] = generateFunction(commandName, commandName, "utf8");
    Commander.prototype[commandName + "Buffer"] = generateFunction(commandName + "Buffer", commandName, null);
});`,
      `let names;
function commandNames() {
    names ??= new Set([...commands_1.list.filter((command) => command !== "monitor"), "sentinel"]);
    return names;
}
function addMethods(commandName) {
    Commander.prototype[commandName] = generateFunction(commandName, commandName, "utf8");
    Commander.prototype[commandName + "Buffer"] = generateFunction(commandName + "Buffer", commandName, null);
}
["auth", "eval", "exec", "multi", "select"].forEach(addMethods);
function addWhenCommand(property) {
    // "stream" is asked for before there is a connection, and is not worth loading the list.
    if (typeof property !== "string" || property === "stream") return false;
    if (!/^[a-z][a-z_]*(?:Buffer)?$/.test(property)) return false;
    const commandName = property.replace(/Buffer$/, "");
    if (!commandNames().has(commandName)) return false;
    addMethods(commandName);
    return true;
}
Object.setPrototypeOf(Commander.prototype, new Proxy(Object.prototype, {
    has: (target, property) => Reflect.has(target, property) || addWhenCommand(property),
    get: (target, property, receiver) =>
        !Reflect.has(target, property) && addWhenCommand(property)
            ? Commander.prototype[property]
            : Reflect.get(target, property, receiver),
}));`,
    ],
    ['return commands.slice(0);', 'return [...commandNames()];'],
  ],

  // DEBUG=* is often meant for the job; obeyed by ioredis it would print the arguments of AUTH.
  'ioredis/built/utils/debug.js': [
    ['const debug_1 = require("debug");', ''],
    ['const fn = (0, debug_1.default)(', 'const fn = disabled('],
    [
      'function genDebugFunction(namespace) {',
      'const disabled = (namespace) => ({ enabled: false, namespace });\nfunction genDebugFunction(namespace) {',
    ],
  ],

  // Node hands data on without a detour only when the first to listen has said so with on(). It is
  // the first either way: a socket timeout, before which it wants to be, begins with a command.
  'ioredis/built/DataHandler.js': [['stream.prependListener("data", ', 'stream.on("data", ']],

  // Certificates of a provider's, a page of text that is looked at when somebody names them.
  'ioredis/built/utils/index.js': [
    ['TLSProfiles_1.default[tls?.profile]', 'tls?.profile && TLSProfiles_1.default[tls.profile]'],
  ],

  // Nobody can subscribe to a channel of this process, and to open three takes a while.
  'ioredis/built/tracing.js': [['dc && typeof dc.tracingChannel === "function"', 'false']],

  // Its errors are named after their classes, whose own names are shortened in the bundle.
  'redis-errors/lib/modern.js': [
    [
      'module.exports = {',
      `const types = { RedisError, ParserError, ReplyError, AbortError, InterruptError }
for (const name in types) Object.defineProperty(types[name], 'name', { value: name })
module.exports = {`,
    ],
    ["const assert = require('assert')", ''],
    ['assert(buffer)', "require('assert')(buffer)"],
    ['assert.strictEqual(', "require('assert').strictEqual("],
  ],

  // Where it is, for tasks in processes of their own, of which we have none; a bundle is no ES module.
  'node-cron/dist/node-cron.js': [['fileURLToPath(import.meta.url)', '__filename', 2]],

  // A list of all years, 80 KB, in each schedule that names none; a daemon may have a thousand.
  'croner/dist/croner.js': [
    [
      'e[6]==="*"?this.year=Array(1e4).fill(1):',
      'e[6]==="*"?this.year=this.constructor.years??=Array(1e4).fill(1):',
    ],
  ],

  // The table of what is special in Unicode is made for a command that has more than plain ASCII.
  'execa/lib/arguments/escape.js': [
    ['const SPECIAL_CHAR_REGEXP = getSpecialCharRegExp();', 'let specialChar;'],
    [
      'line => line.replaceAll(SPECIAL_CHAR_REGEXP, ',
      'line => /^[ -~]*$/.test(line) ? line : line.replaceAll(specialChar ??= getSpecialCharRegExp(), ',
    ],
  ],

  // Streams on our own stdin, stdout and stderr are made only for a job that is connected to them.
  'execa/lib/utils/standard-stream.js': [
    [
      'export const STANDARD_STREAMS = [process.stdin, process.stdout, process.stderr];',
      `const all = () => [process.stdin, process.stdout, process.stderr];
export const STANDARD_STREAMS = {
	includes: stream => all().includes(stream),
	indexOf: stream => all().indexOf(stream),
	get 0() { return process.stdin; },
	get 1() { return process.stdout; },
	get 2() { return process.stderr; },
};`,
    ],
  ],
};

/** The files that are changed, by package. */
export function patchedFiles(packages) {
  return Object.keys(PATCHES).filter((file) => packages.includes(file.split('/')[0]));
}

/** The path of a file below the node_modules it lies in: `ioredis/built/Redis.js`. */
export function nameInPackages(path) {
  return path.slice(path.lastIndexOf('/node_modules/') + '/node_modules/'.length);
}

/**
 * The text of a dependency's file with our changes.
 *
 * @throws when the file is not what it was when they were made
 */
export function patched(path, original) {
  const file = nameInPackages(path);
  let text = original;
  for (const [find, replacement, times = 1] of PATCHES[file] ?? []) {
    const found = text.split(find).length - 1;
    if (found !== times) {
      throw new Error(
        `${file} has changed; expected ${times} time(s), found ${found} time(s):\n${find}\n` +
          'See scripts/build/patches.mjs and docs/decisions/0002-start-up.md.',
      );
    }
    text = text.replaceAll(find, () => replacement);
  }
  return text;
}
