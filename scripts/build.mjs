// Builds dist/: the command line in one file, the library, and its types.
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });

await build({
  entryPoints: ['src/cli/entry.ts'],
  outfile: 'dist/redlock-run.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  loader: { '.lua': 'text' },
  logLevel: 'warning',
});
