import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SOURCE = 'src/cli/doctor';

test('docs/doctor.md has a row for each check, and for no other', () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' });
  const text = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(SOURCE, file), 'utf8'))
    .join('\n');
  const inCode = [...text.matchAll(/(?:ok\(|trouble\(|unknown\(|id:)\s*'([a-z-]+)'/g)];
  const [, checks = ''] =
    /## The checks of each(.*?)## The JSON/s.exec(readFileSync('docs/doctor.md', 'utf8')) ?? [];
  const inDocs = [...checks.matchAll(/^\| `([a-z-]+)` \|/gm)];
  const ids = (matches: RegExpExecArray[]) => [...new Set(matches.map(([, id]) => id))].sort();
  expect(ids(inDocs)).toEqual(ids(inCode).filter((id) => id !== 'configuration'));
});
