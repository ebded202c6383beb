import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import { lazyModules } from './lazy-modules.mjs';
import { entriesOf, lazyPackages } from './lazy-packages.mjs';

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  // It is read byte by byte.
  charset: 'ascii',
  minify: true,
  // An uncaught error shows the line that it comes from.
  lineLimit: 160,
  metafile: true,
  write: false,
  logLevel: 'warning',
};

/**
 * The command line: dist/redlock-run.cjs, and dist/packages/*.cjs for what it loads on demand.
 *
 * @returns the files, and esbuild's metafiles that tell what went into them
 */
export async function bundleCli() {
  const main = await build({
    ...COMMON,
    entryPoints: { 'redlock-run': 'src/cli/entry.ts' },
    plugins: [lazyPackages, lazyModules(['ioredis', 'redis-errors'])],
  });
  const packages = await build({
    ...COMMON,
    entryPoints: entriesOf(main.metafile),
    plugins: [lazyModules(['croner', 'execa', 'node-cron'])],
  });
  const files = [...main.outputFiles, ...packages.outputFiles];
  const id = buildId(files.map(({ text }) => text));
  return {
    files: files.map(({ path, text }) => ({ path, text: asScript(id, text) })),
    metafiles: [main.metafile, packages.metafile],
  };
}

/** The same for the same files, and for no others. */
function buildId(texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('hex').slice(0, 16);
}

/** As bin/redlock-run.js evaluates it: a function, as Node makes one of every module. */
function asScript(id, text) {
  return `/*${id}*/(function (exports, require, module, __filename, __dirname) {${text}\n})\n`;
}
