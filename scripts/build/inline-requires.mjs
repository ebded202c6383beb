// "Inline requires": an import is moved to where it is used. What was imported is then evaluated
// when it is first used, and not at all by those who do not use it.
import { extname } from 'node:path';
import { transform } from 'esbuild';

/** `const utils_1 = require("./utils");`, as TypeScript writes it; and one `import x = require()`. */
const REQUIRE = /^(?:const|var) (\w+_\d+|calculateSlot) = require\(("[^"]+")\);$/gm;

/** `exports.Connector = Connector_1.default;`: something that is only passed on. */
const PASSED_ON = /^exports\.(\w+) = (\w+_\d+\.\w+);$/gm;

/** For what TypeScript has compiled to CommonJS: its names occur for nothing else. */
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

/** What esbuild writes before a module's own text, when it makes CommonJS of it. */
const PREAMBLE =
  /^.*\n__export\(stdin_exports, (\{.*?\n\})\);\nmodule\.exports = __toCommonJS\(stdin_exports\);\n/s;

/** `  createExeca: () => createExeca,` in its list of what is exported. */
const EXPORT = /^ {2}(\w+): \(\) => ([\w.]+),?$/gm;

const IMPORT = /^var (import_\w+) = (?:__toESM\()?(require\("[^"]+"\))\)?;\n/gm;

/** `import()`, of modules whose exports all have names. */
const IMPORT_CALL = /(Promise\.resolve\(\)\.then\(\(\) => )__toESM\((require\("[^"]+"\))\)\)/g;

/** For ES modules, of JavaScript or TypeScript. */
export async function asLazyCommonJs(path, text) {
  const { code: written } = await transform(text, {
    loader: extname(path) === '.ts' ? 'ts' : 'js',
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
  });
  const code = written.replaceAll(IMPORT_CALL, '$1$2)');
  const [preamble = '', list = ''] = PREAMBLE.exec(code) ?? [];
  const body = code.slice(preamble.length).replaceAll(IMPORT, '');
  // What is passed on whole (`export *`) or changes later is left to esbuild, which evaluates the
  // imports of such a module together with it.
  if (/\b(?:stdin_exports|__toESM|__reExport)\b/.test(body)) return written;
  if (/^export (?:let|var)\b/m.test(text)) return written;

  const imports = [...code.matchAll(IMPORT)];
  // In parentheses for the sake of `new`.
  const inline = (part) =>
    imports.reduce(
      (rest, [, name, required]) =>
        rest
          .replaceAll(word(`${name}.default`), `(__default(${required}))`)
          .replaceAll(word(name), `(${required})`),
      part,
    );
  return [
    'exports.__esModule = true;',
    'const __default = (module) => (module.__esModule ? module.default : module);',
    inline(body),
    ...[...list.matchAll(EXPORT)].map(([, name, value]) => exported(name, inline(value))),
  ].join('\n');
}

/** Something of its own is ready at the module's end; what it passes on is looked up when used. */
function exported(name, value) {
  return /^\w+$/.test(value)
    ? `exports.${name} = ${value};`
    : `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => ${value} });`;
}

function word(name) {
  return new RegExp(`\\b${name.replace('.', '\\.')}\\b`, 'g');
}
