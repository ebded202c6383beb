import { directiveCommentAt } from './directives.js';
import { baseName, type Call, callsOf } from './shell-calls.js';

const OURS = 'redlock-run';

/** `npx redlock-run@latest`, `node bin/redlock-run.js`, `$(which redlock-run)`. */
const SPELLINGS =
  /^(?:redlock-run(?:\.js|@\S*)?|(?:\$\(|`)\s*(?:which|command -v|type -p)\s+redlock-run\s*[)`])$/;

/** Calls that run no job. */
const INFORMATION = new Set(['-h', '--help', '-V', '--version']);

/**
 * Whether a command calls `redlock-run` itself, to run a job: `cd /srv && sudo redlock-run --key nightly …`.
 * Where the name is an argument (`echo redlock-run`) or the call is one of our other commands, it does not.
 */
export function isWrapped(command: string): boolean {
  return ownCalls(command).length > 0;
}

/** The words behind `redlock-run` or `redlock-run run` of each such call. */
export function ownCalls(command: string): readonly (readonly string[])[] {
  if (!command.includes(OURS)) return [];
  return callsOf(command).flatMap((call) => {
    const [first = '', ...rest] = wordsForUs(call) ?? [];
    if (first === 'run') return [rest];
    return first.startsWith('-') && !INFORMATION.has(first) ? [[first, ...rest]] : [];
  });
}

/** Whether a command names us all the same: in a way that is not understood, or as a mere word. */
export function mentionsUs(command: string): boolean {
  return command.slice(0, directiveCommentAt(command)).includes(OURS);
}

function wordsForUs({ name, args }: Call): readonly string[] | undefined {
  if (SPELLINGS.test(name)) return args;
  if (name !== 'node' && name !== 'nodejs') return undefined;
  const script = args.findIndex((arg) => !arg.startsWith('-'));
  return SPELLINGS.test(baseName(args[script] ?? '')) ? args.slice(script + 1) : undefined;
}
