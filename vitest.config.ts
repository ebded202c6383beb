import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What waits for minutes to go by begins first, and the others run beside it. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/test/integration/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

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
    // Real processes take their time: only what takes very long is listed.
    slowTestThreshold: 10_000,
    // On two cores: much of the time is waited, for processes, leases and full minutes.
    maxWorkers: 4,
    // A busy machine may be late for a lease of half a second: what fails is tried once more, and shown.
    retry: 1,
    sequence: { sequencer: LongestFirst },
  },
});
