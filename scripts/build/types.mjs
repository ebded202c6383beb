import { execFileSync } from 'node:child_process';

/** The library's types: in dist/types/ a file for each of package.json's exports, and what they refer to. */
export function writeTypes() {
  execFileSync('node_modules/.bin/tsc', ['-p', 'scripts/build/tsconfig.types.json'], {
    stdio: 'inherit',
  });
}
