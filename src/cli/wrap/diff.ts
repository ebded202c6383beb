/** Lines around a change, as diff(1) and patch(1) have them. */
const CONTEXT = 3;

const NO_NEWLINE = '\\ No newline at end of file';

/**
 * The unified diff of two texts of which each line of one became the same line of the other
 * (https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html).
 *
 * @param name of the file, in both headers
 * @returns the lines, without their ends, which are `\n`; none where the texts are equal
 */
export function unifiedDiff(before: string, after: string, name: string): readonly string[] {
  const [old, changed] = [linesOf(before), linesOf(after)];
  const hunks = group(old.flatMap((line, at) => (line === changed[at] ? [] : [at])));
  if (hunks.length === 0) return [];
  const shown = fileName(name);
  return [
    `--- ${shown}`,
    `+++ ${shown}`,
    ...hunks.flatMap(({ first, last }) => {
      const from = Math.max(0, first - CONTEXT);
      const to = Math.min(old.length, last + 1 + CONTEXT);
      const range = `${from + 1},${to - from}`;
      return [`@@ -${range} +${range} @@`, ...body(old.slice(from, to), changed.slice(from, to))];
    }),
  ];
}

/** Lines with their ends. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

interface Hunk {
  /** The first and the last line that differ, from 0. */
  readonly first: number;
  readonly last: number;
}

/** Changes so close that their context would meet are one hunk. */
function group(differing: readonly number[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  for (const at of differing) {
    const open = hunks.at(-1);
    if (open !== undefined && at - open.last <= 2 * CONTEXT + 1) {
      hunks[hunks.length - 1] = { first: open.first, last: at };
    } else {
      hunks.push({ first: at, last: at });
    }
  }
  return hunks;
}

function body(old: readonly string[], changed: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let added: string[] = [];
  old.forEach((line, at) => {
    const now = changed[at] ?? '';
    if (now === line) {
      lines.push(...added, ...marked(' ', line));
      added = [];
    } else {
      lines.push(...marked('-', line));
      added.push(...marked('+', now));
    }
  });
  return [...lines, ...added];
}

function marked(mark: ' ' | '-' | '+', line: string): readonly string[] {
  return line.endsWith('\n') ? [mark + line.slice(0, -1)] : [mark + line, NO_NEWLINE];
}

/** In C's quotes where it would break its line or be read wrong; a tab ends a name with spaces. */
function fileName(name: string): string {
  if (!/[\p{Cc}"\\]/u.test(name)) return name.includes(' ') ? `${name}\t` : name;
  const escaped = name.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, octal);
  return `"${escaped}"`;
}

function octal(char: string): string {
  return [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
