import { build } from 'esbuild';

/**
 * The library: dist/index.js. Its packages stay outside, so that an application which has them has
 * them once.
 *
 * @returns the file, and esbuild's metafile
 */
export async function bundleLibrary() {
  const { outputFiles, metafile } = await build({
    entryPoints: { index: 'src/index.ts' },
    outdir: 'dist',
    bundle: true,
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
