import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';

/**
 * The command line as a project without a bundler would ship it: every source a file, every package
 * in node_modules.
 *
 * @param {string} root of the project
 * @param {string} folder an empty one
 * @returns {string} the script to start
 */
export function writeUnbundled(root, folder) {
  for (const name of readdirSync(join(root, 'src'), { recursive: true })) {
    const [from, to] = [join(root, 'src', name), join(folder, 'src', name)];
    if (name.endsWith('.lua')) write(`${to}.js`, `export default ${json(from)};`);
    if (!name.endsWith('.ts') || name.endsWith('.d.ts')) continue;
    const { code } = transformSync(readFileSync(from, 'utf8'), { loader: 'ts', target: 'esnext' });
    write(to.replace(/ts$/, 'js'), code.replaceAll(/(from "[^"]+\.lua)"/g, '$1.js"'));
  }
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'src/cli/entry.js');
}

function json(file) {
  return JSON.stringify(readFileSync(file, 'utf8'));
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
