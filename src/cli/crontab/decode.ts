import { isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;

/** Where bytes are no text, both from 1. */
export interface NotUtf8 {
  readonly line: number;
  readonly column: number;
}

/**
 * The text of a crontab. Other encodings than UTF-8 are not guessed: a command that holds them would
 * not reach its shell as it is, for Node hands out arguments as Unicode.
 *
 * @returns where it is not UTF-8, if so
 */
export function decodeCrontab(bytes: Buffer): string | NotUtf8 {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  for (let line = 1, from = 0; ; line++) {
    const end = bytes.indexOf(NEWLINE, from);
    const piece = bytes.subarray(from, end < 0 ? bytes.length : end);
    if (!isUtf8(piece)) return { line, column: piece.toString('utf8').indexOf('\ufffd') + 1 };
    from = end + 1;
  }
}
