import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      // The scripts that run inside Redis are kept as files; the bundle does the same (scripts/build.mjs).
      name: 'lua-as-text',
      load(id) {
        if (!id.endsWith('.lua')) return undefined;
        return `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`;
      },
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
