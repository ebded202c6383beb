// "Inline requires": an import is moved to where it is used, so that what is imported is evaluated
// when it is first needed. Done on the text, and therefore only where names are known to be safe.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const builtin = createRequire(import.meta.url);

/** `const utils_1 = require("./utils");`, as TypeScript writes it; and one `import x = require()`. */
const REQUIRE = /^(?:const|var) (\w+_\d+|calculateSlot) = require\(("[^"]+")\);$/gm;

/** `exports.Connector = Connector_1.default;`: something that is only passed on. */
const PASSED_ON = /^exports\.(\w+) = (\w+_\d+\.\w+);$/gm;

/** For what TypeScript compiled to CommonJS: its names occur for nothing else. */
export function inlineRequires(original) {
  const imports = [...original.matchAll(REQUIRE)];
  const text = original
    .replaceAll(REQUIRE, '')
    .replaceAll(
      PASSED_ON,
      'Object.defineProperty(exports, "$1", { enumerable: true, get: () => $2 });',
    );
  return imports.reduce(
    (rest, [, name, module]) => rest.replaceAll(word(name), `(require(${module}))`),
    text,
  );
}

/** Functions of built-in modules that take time to load and that the losing path does without. */
const LAZY_BUILTIN = /^import \{ ([\w, ]+) \} from '(node:(?:child_process|crypto|os|tty))';$/gm;

/** esbuild plugin: our own sources load these modules when they call them. */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(LAZY_BUILTIN, loadedByCall),
      loader: 'ts',
    }));
  },
};

function loadedByCall(statement, names, module) {
  const functions = names.split(', ');
  if (!functions.every((name) => typeof builtin(module)[name] === 'function')) return statement;
  return functions
    .map((name) => `const ${name} = (...args) => require('${module}').${name}(...args);`)
    .join(' ');
}

function word(name) {
  return new RegExp(`\\b${name}\\b`, 'g');
}
