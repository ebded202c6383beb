/** A word, its quotes and backslashes removed, and where it ends. */
export interface Word {
  readonly value: string;
  readonly end: number;
}

/** Simple commands of a shell line, each its words, and where the comment at its end begins. */
export interface ShellLine {
  readonly commands: readonly (readonly string[])[];
  readonly comment?: number;
}

const BLANKS = ' \t';
const OPERATORS = ';|&()\n';
const WORD_ENDS = `${BLANKS}${OPERATORS}<>`;
const REDIRECTION = /(?:\d*[<>]|&>)[<>&|]*[ \t]*/y;

/**
 * Takes a line of sh apart, as far as it takes to see what it calls: quotes, backslashes, `&&`, `||`, `;`,
 * `|`, parentheses, comments. Redirections are left out; nothing is expanded, what `$(…)` calls stays in
 * its word. A quote that is not closed goes on to the end.
 */
export function readShell(script: string): ShellLine {
  const commands: string[][] = [];
  let words: string[] = [];
  let comment: number | undefined;
  for (let at = skipBlanks(script, 0); at < script.length; at = skipBlanks(script, at)) {
    REDIRECTION.lastIndex = at;
    if (script[at] === '#') {
      comment = at;
      at = indexOrEnd(script, '\n', at);
    } else if (REDIRECTION.test(script)) {
      at = readWord(script, REDIRECTION.lastIndex, WORD_ENDS).end;
    } else if (OPERATORS.includes(script.charAt(at))) {
      commands.push(words);
      words = [];
      at += 1;
    } else {
      const { value, end } = readWord(script, at, WORD_ENDS);
      words.push(value);
      at = end;
    }
  }
  const said = [...commands, words].filter(({ length }) => length > 0);
  return comment === undefined ? { commands: said } : { commands: said, comment };
}

/** The word that begins at `from` and goes up to one of the characters in `ends`. */
export function readWord(text: string, from: number, ends: string): Word {
  let value = '';
  let at = from;
  while (at < text.length && !ends.includes(text.charAt(at))) {
    const piece = readPiece(text, at);
    value += piece.value;
    at = piece.end;
  }
  return { value, end: at };
}

export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && BLANKS.includes(text.charAt(at))) at += 1;
  return at;
}

/** A character, or what is quoted together. */
function readPiece(text: string, at: number): Word {
  switch (text[at]) {
    case '\\':
      return { value: text.charAt(at + 1), end: Math.min(at + 2, text.length) };
    case "'": {
      const close = indexOrEnd(text, "'", at + 1);
      return { value: text.slice(at + 1, close), end: Math.min(close + 1, text.length) };
    }
    case '"':
      return readDoubleQuoted(text, at);
    case '`':
    case '$': {
      const end = substitutionEnd(text, at) ?? at + 1;
      return { value: text.slice(at, end), end };
    }
    default:
      return { value: text.charAt(at), end: at + 1 };
  }
}

function readDoubleQuoted(text: string, from: number): Word {
  let value = '';
  let at = from + 1;
  while (at < text.length && text[at] !== '"') {
    const isEscape = text[at] === '\\' && '"\\$`'.includes(text[at + 1] ?? ' ');
    const end = isEscape ? at + 2 : (substitutionEnd(text, at) ?? at + 1);
    value += text.slice(isEscape ? at + 1 : at, end);
    at = end;
  }
  return { value, end: Math.min(at + 1, text.length) };
}

/** Behind `$(…)` or a pair of backticks. */
function substitutionEnd(text: string, from: number): number | undefined {
  if (text[from] === '`') return Math.min(indexOrEnd(text, '`', from + 1) + 1, text.length);
  if (!text.startsWith('$(', from)) return undefined;
  let depth = 0;
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (char === "'" || char === '"') at = indexOrEnd(text, char, at + 1);
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

function indexOrEnd(text: string, char: string, from: number): number {
  const index = text.indexOf(char, from);
  return index < 0 ? text.length : index;
}
