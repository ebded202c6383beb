import { readFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { asLazyCommonJs, inlineRequires } from './inline-requires.mjs';
import { nameInPackages, patched, patchedFiles } from './patches.mjs';

const NAMESPACE = 'lazy-module';
const LOADERS = { '.js': 'js', '.mjs': 'js', '.ts': 'js', '.json': 'json', '.lua': 'text' };

/** CommonJS that TypeScript has written. */
const COMPILED = /\/node_modules\/ioredis\//;

/**
 * esbuild plugin: every module is evaluated when something in it is first needed. esbuild alone
 * evaluates all that is imported, and makes all functions of ES modules, before the first line runs.
 *
 * @param changed packages of which every file that patches.mjs changes must be met
 */
export function lazyModules(changed) {
  return {
    name: 'lazy-modules',
    setup(build) {
      const unmet = new Set(patchedFiles(changed));
      build.onResolve(
        { filter: /.*/ },
        async ({ path, kind, importer, resolveDir, pluginData }) => {
          if (pluginData === 'resolving') return undefined;
          const found = await build.resolve(path, {
            importer,
            resolveDir,
            // What was written as an import is resolved as one.
            kind: pluginData === 'ES module' ? 'import-statement' : kind,
            pluginData: 'resolving',
          });
          const isOurs = !found.external && found.errors.length === 0;
          return isOurs ? { ...found, namespace: NAMESPACE } : found;
        },
      );
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path }) => {
        unmet.delete(nameInPackages(path));
        return { ...(await load(path)), loader: LOADERS[extname(path)], resolveDir: dirname(path) };
      });
      build.onEnd(() => {
        if (unmet.size > 0) throw new Error(`changed, but not bundled: ${[...unmet].join(', ')}`);
      });
    },
  };
}

async function load(path) {
  const text = patched(path, await readFile(path, 'utf8'));
  if (LOADERS[extname(path)] !== 'js') return { contents: text };
  if (COMPILED.test(path)) return { contents: inlineRequires(text) };
  if (!/^\s*(?:import|export)\b/m.test(text)) return { contents: text };
  return { contents: await asLazyCommonJs(path, text), pluginData: 'ES module' };
}
