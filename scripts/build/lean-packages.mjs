import { readFile } from 'node:fs/promises';
import { inlineRequires } from './inline-imports.mjs';
import { nameInPackages, patched, patchedFiles } from './patches.mjs';

/** CommonJS that TypeScript has written. */
const COMPILED = 'ioredis/';
const CHANGED = ['ioredis', 'redis-errors'];

/**
 * esbuild plugin: the client of Redis is bundled with our changes (patches.mjs), so that it loads
 * parts of itself only when these are used.
 */
export const leanPackages = {
  name: 'lean-packages',
  setup(build) {
    const left = new Set(patchedFiles(CHANGED));
    const filter = new RegExp(`/node_modules/(?:${CHANGED.join('|')})/.*\\.js$`);
    build.onLoad({ filter }, async ({ path }) => {
      const file = nameInPackages(path);
      const text = patched(path, await readFile(path, 'utf8'));
      left.delete(file);
      return { contents: file.startsWith(COMPILED) ? inlineRequires(text) : text };
    });
    build.onEnd(() => {
      if (left.size > 0) throw new Error(`changed, but not bundled: ${[...left].join(', ')}`);
    });
  },
};
