import { readdirSync, readFileSync } from 'node:fs';

/** Everything up to the package's own folder: `node_modules/a/node_modules/@b/c`. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The names and licences of the packages whose code is in our bundles, as their terms ask for.
 *
 * @param metafiles of esbuild
 * @throws when a package has neither a licence file nor the name of a licence
 */
export function licensesOf(metafiles) {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs));
  const folders = inputs.flatMap((path) => PACKAGE.exec(path.replace(/^[\w-]+:/, ''))?.[0] ?? []);
  return [...new Set(folders)]
    .map(licenseOf)
    .sort()
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}

function licenseOf(folder) {
  const { name, version, license, author } = JSON.parse(
    readFileSync(`${folder}/package.json`, 'utf8'),
  );
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.\w+)?$/i.test(entry));
  if (file === undefined && typeof license !== 'string') {
    throw new Error(`${folder}: no licence found; what may be done with it?`);
  }
  const text = file === undefined ? '' : readFileSync(`${folder}/${file}`, 'utf8').trim();
  const owner = typeof author === 'string' ? author : author?.name;
  const short = `${license}${owner === undefined ? '' : `, by ${owner}`}`;
  return `${name} ${version}: ${short}\n\n${text}`.trim();
}
