import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { transform } from 'esbuild';
import { nameInPackages, patched, patchedFiles } from './patches.mjs';

const NAMESPACE = 'lazy-module';

/**
 * esbuild plugin for the entry points of a build: a package of ES modules, and all that it imports,
 * becomes CommonJS with its imports moved to where they are used ("inline requires"). esbuild alone
 * would evaluate all modules at once; so each is evaluated when something in it is first needed.
 */
export const lazyModules = {
  name: 'lazy-modules',
  setup(build) {
    const left = new Set(patchedFiles(['execa']));
    build.onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (pluginData === 'resolving') return undefined;
      const found = await build.resolve(path, {
        importer,
        resolveDir,
        // What was written as an import is resolved as one.
        kind: pluginData === 'ES module' ? 'import-statement' : kind,
        pluginData: 'resolving',
      });
      return found.external || found.errors.length > 0 ? found : { ...found, namespace: NAMESPACE };
    });
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => {
      const text = patched(path, await readFile(path, 'utf8'));
      left.delete(nameInPackages(path));
      const isModule = /^\s*(?:import|export)\b/m.test(text);
      return {
        contents: isModule ? await asLazyCommonJs(text) : text,
        resolveDir: dirname(path),
        pluginData: isModule ? 'ES module' : 'CommonJS',
      };
    });
    build.onEnd(() => {
      if (left.size > 0) throw new Error(`changed, but not bundled: ${[...left].join(', ')}`);
    });
  },
};

/** What esbuild writes before a module's own text. */
const PREAMBLE =
  /^.*\n__export\(stdin_exports, (\{.*?\n\})\);\nmodule\.exports = __toCommonJS\(stdin_exports\);\n/s;

/** `  createExeca: () => createExeca,` in its list of what is exported. */
const EXPORT = /^ {2}(\w+): \(\) => ([\w.]+),?$/gm;

const IMPORT = /^var (import_\w+) = (?:__toESM\()?(require\("[^"]+"\))\)?;\n/gm;

async function asLazyCommonJs(text) {
  const { code } = await transform(text, { format: 'cjs', platform: 'node', target: 'node20' });
  const [preamble = '', list = ''] = PREAMBLE.exec(code) ?? [];
  const body = code.slice(preamble.length).replaceAll(IMPORT, '');
  // What is passed on whole (`export *`) or changes later is left to esbuild, which evaluates the
  // imports of such a module together with it.
  if (/\b(?:stdin_exports|__toESM|__reExport)\b/.test(body)) return code;
  if (/^export (?:let|var)\b/m.test(text)) return code;
  const imports = [...code.matchAll(IMPORT)];
  // In parentheses for the sake of `new`.
  const inline = (part) =>
    imports.reduce(
      (rest, [, name, required]) =>
        rest
          .replaceAll(new RegExp(`\\b${name}\\.default\\b`, 'g'), `(__default(${required}))`)
          .replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `(${required})`),
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
