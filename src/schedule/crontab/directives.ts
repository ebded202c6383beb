import { quote } from '../../core/errors.js';
import type { Directive, Position, Problem } from './crontab.js';
import { readShell, readWord, skipBlanks } from './shell-words.js';

const MARK = /^#[ \t]*redlock-run:/;
const BLANKS = ' \t';

/**
 * The words of `# redlock-run: key=nightly takeover "retry-on=1, 75"`, in which quotes hold blanks.
 *
 * @param comment begins with its `#`
 * @param positionOf where in the file a place in the comment is
 * @returns undefined for any other comment
 */
export function directivesIn(
  comment: string,
  positionOf: (index: number) => Position,
): readonly Directive[] | undefined {
  const [mark] = MARK.exec(comment) ?? [];
  if (mark === undefined) return undefined;
  const directives: Directive[] = [];
  for (let at = skipBlanks(comment, mark.length); at < comment.length; ) {
    const { value: word, end } = readWord(comment, at, BLANKS);
    const [name, value] = atEquals(word);
    directives.push({ name, ...(value !== undefined && { value }), ...positionOf(at) });
    at = skipBlanks(comment, end);
  }
  return directives;
}

function atEquals(word: string): readonly [string, string?] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** Where in a shell's command the directive comment at its end begins; undefined where there is none. */
export function directiveCommentAt(command: string): number | undefined {
  if (!command.includes('redlock-run:')) return undefined;
  const { comment } = readShell(command);
  return comment !== undefined && MARK.test(command.slice(comment)) ? comment : undefined;
}

/** One entry is told each thing once. */
export function repeated(directives: readonly Directive[]): readonly Problem[] {
  const lines = new Map<string, number>();
  return directives.flatMap(({ name, line, column }) => {
    const earlier = lines.get(name);
    if (earlier === undefined) {
      lines.set(name, line);
      return [];
    }
    const where = earlier === line ? 'on this line' : `in line ${earlier}`;
    return [{ line, column, message: `${quote(name)} was said of this entry already, ${where}` }];
  });
}
