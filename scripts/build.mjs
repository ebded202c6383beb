// Builds dist/: the command line, the library and its types, the demo's Redis, and the licences of
// what is bundled. The same sources give the same bytes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundleCli } from './build/cli.mjs';
import { buildEmbeddedRedis } from './build/embedded-redis.mjs';
import { bundleLibrary } from './build/library.mjs';
import { licensesOf } from './build/licenses.mjs';
import { writeTypes } from './build/types.mjs';

// What cannot be bundled leaves the last build as it is.
const [cli, api] = await Promise.all([bundleCli(), bundleLibrary()]);

rmSync('dist', { recursive: true, force: true });
for (const { path, text } of [...cli.files, ...api.files]) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
const embeddedRedis = await buildEmbeddedRedis();
writeFileSync(
  'dist/THIRD-PARTY-LICENSES.txt',
  licensesOf([...cli.metafiles, api.metafile, embeddedRedis]),
);
writeTypes();
