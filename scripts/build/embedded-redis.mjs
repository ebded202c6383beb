// Builds dist/embedded-redis.mjs: the Redis in JavaScript that only `redlock-run demo` starts, in a
// process of its own, with the WebAssembly of its Lua and the licences of what it is made of.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const LUA = 'node_modules/lua-redis-wasm';
const LICENSES = [
  'node_modules/js-redis-server/LICENSE',
  `${LUA}/LICENSE`,
  `${LUA}/THIRD_PARTY_NOTICES.md`,
  'node_modules/cluster-key-slot/LICENSE',
];

/**
 * Into dist/, which exists.
 *
 * @returns esbuild's metafile: what went into it
 */
export async function buildEmbeddedRedis() {
  const { metafile } = await build({
    entryPoints: ['src/cli/demo/embedded-redis.ts'],
    outfile: 'dist/embedded-redis.mjs',
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  });
  // Looked for beside the bundle at run time.
  for (const name of ['redis_lua.mjs', 'redis_lua.wasm']) {
    copyFileSync(`${LUA}/dist/${name}`, `dist/${name}`);
  }
  const texts = LICENSES.map((file) => `${file}\n\n${readFileSync(file, 'utf8')}`);
  writeFileSync('dist/embedded-redis.LICENSES.txt', texts.join('\n\n'));
  return metafile;
}
