import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';

/** What starts this very program again: Node, its options, and the script. */
export function ourselves(): { readonly node: string; readonly args: readonly string[] } {
  return { node: process.execPath, args: [...process.execArgv, script()] };
}

/** A file that the build puts beside the bundle. */
export function builtFile(name: string): string {
  return join(dirname(script()), '..', 'dist', name);
}

/** The script as it lies in the package: npm calls it through a symbolic link. */
function script(): string {
  const [, path] = process.argv;
  if (path === undefined) throw new Error('redlock-run is started by a script');
  return realpathSync(path);
}
