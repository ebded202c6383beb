/**
 * Packages that only some starts use: a job's (execa), a schedule's, a configuration file's, a
 * terminal's, an IAM login's (aws4), a scheduler's (node-cron), that of words to explain (commander). Each is bundled into a file of its own beside
 * the command line's, so that neither its text nor its compiled code is read by all the others.
 */
const LAZY = [
  'aws4',
  'chalk',
  'commander',
  'croner',
  'cronstrue',
  'execa',
  'node-cron',
  'valibot',
  'yaml',
];

/** Found where redlock-run is installed, if at all. */
const OPTIONAL = ['@aws-sdk/credential-provider-node'];

const PLACE = /^\.\/(packages\/(.+))\.cjs$/;

/** esbuild plugin: leaves them where they are, to be loaded when the importing module is. */
export const lazyPackages = {
  name: 'lazy-packages',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(?:${LAZY.join('|')})$`) }, ({ path }) => ({
      path: `./packages/${path}.cjs`,
      external: true,
    }));
    build.onResolve({ filter: new RegExp(`^(?:${OPTIONAL.join('|')})$`) }, ({ path }) => ({
      path,
      external: true,
    }));
  },
};

/** The entry points for those that a bundle loads, by output: `packages/execa` → `execa`. */
export function entriesOf({ outputs }) {
  const loaded = Object.values(outputs).flatMap(({ imports }) => imports);
  return Object.fromEntries(
    loaded.flatMap(({ path }) => {
      const [, output, name] = PLACE.exec(path) ?? [];
      return name === undefined ? [] : [[output, name]];
    }),
  );
}
