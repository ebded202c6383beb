export interface SplitArgv {
  /** Ours. */
  readonly own: readonly string[];
  /** The job's command and arguments; undefined when there was no `--`. */
  readonly command: readonly string[] | undefined;
}

/**
 * Splits at the first `--`, by hand and before anything is parsed, so that a job called `status` or
 * its `--help` is never taken for ours.
 */
export function splitArgv(argv: readonly string[]): SplitArgv {
  const at = argv.indexOf('--');
  return at < 0
    ? { own: argv, command: undefined }
    : { own: argv.slice(0, at), command: argv.slice(at + 1) };
}
