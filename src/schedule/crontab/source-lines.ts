import type { Position } from './crontab.js';

/** A line of a file, put together with those on which it continues. */
export interface SourceLine {
  /** As it stands in the file, line ends included. */
  readonly text: string;
  /** What it says: without its line end, and without the backslashes and line ends inside. */
  readonly content: string;
  /** Where in the file a place in `content` is. */
  positionOf(index: number): Position;
  /** Where in `text` a place in `content` is. */
  textIndexOf(index: number): number;
}

/** A line of the file that a SourceLine is made of. */
interface Piece {
  readonly line: number;
  /** Where it begins in `content` and in `text`. */
  readonly contentAt: number;
  readonly textAt: number;
}

type Pieces = readonly [Piece, ...Piece[]];

/**
 * The lines of a file, from the first. A line that ends in an odd number of backslashes continues on the
 * next; a comment does not. A line ends with LF or CRLF, the last one may end without.
 */
export function* sourceLines(file: string): Iterable<SourceLine> {
  let line = 1;
  for (let from = 0; from < file.length; ) {
    const pieces: [Piece, ...Piece[]] = [{ line, contentAt: 0, textAt: 0 }];
    let { content, end } = lineAt(file, from);
    const contents: string[] = [];
    let contentAt = 0;
    const isComment = /^[ \t]*#/.test(content);
    while (!isComment && end < file.length && endsInOddBackslashes(content)) {
      contents.push(content.slice(0, -1));
      contentAt += content.length - 1;
      line += 1;
      pieces.push({ line, contentAt, textAt: end - from });
      ({ content, end } = lineAt(file, end));
    }
    yield sourceLine(file.slice(from, end), contents.join('') + content, pieces);
    from = end;
    line += 1;
  }
}

function lineAt(file: string, from: number): { readonly content: string; readonly end: number } {
  const feed = file.indexOf('\n', from);
  if (feed < 0) return { content: file.slice(from), end: file.length };
  const isWindows = feed > from && file[feed - 1] === '\r';
  return { content: file.slice(from, isWindows ? feed - 1 : feed), end: feed + 1 };
}

function endsInOddBackslashes(content: string): boolean {
  let from = content.length;
  while (content[from - 1] === '\\') from -= 1;
  return (content.length - from) % 2 === 1;
}

function sourceLine(text: string, content: string, pieces: Pieces): SourceLine {
  return {
    text,
    content,
    positionOf(index) {
      const { line, contentAt } = pieceOf(pieces, index);
      return { line, column: index - contentAt + 1 };
    },
    textIndexOf(index) {
      const { contentAt, textAt } = pieceOf(pieces, index);
      return index - contentAt + textAt;
    },
  };
}

/** The last piece that begins at or before a place in `content`. */
function pieceOf(pieces: Pieces, index: number): Piece {
  let found: Piece = pieces[0];
  for (let low = 1, high = pieces.length - 1; low <= high; ) {
    const middle = (low + high) >> 1;
    const piece = pieces[middle];
    if (piece !== undefined && piece.contentAt <= index) {
      found = piece;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return found;
}
