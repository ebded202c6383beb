import { execFileSync } from 'node:child_process';

/** The library's types: dist/types/index.d.ts and what it refers to. */
export function writeTypes() {
  execFileSync('node_modules/.bin/tsc', ['-p', 'scripts/build/tsconfig.types.json'], {
    stdio: 'inherit',
  });
}
