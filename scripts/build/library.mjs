import { build } from 'esbuild';

/**
 * The library: an entry for each of package.json's exports, and in dist/library/ what they share, so that an
 * application which imports two of them has each class once. Packages stay outside for the same reason.
 *
 * @returns the files, and esbuild's metafile
 */
export async function bundleLibrary() {
  const { outputFiles, metafile } = await build({
    entryPoints: { index: 'src/index.ts', 'node-cron': 'src/node-cron.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'library/[name]-[hash]',
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    loader: { '.lua': 'text' },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  return { files: outputFiles.map(({ path, text }) => ({ path, text })), metafile };
}
