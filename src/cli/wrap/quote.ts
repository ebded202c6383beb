/** What neither a shell nor cron takes for anything but itself. */
const PLAIN = /^[\w@+:,./-]+$/;

/**
 * Quotes a word for a shell in a crontab line. cron looks at the line first: it takes a bare `%` for
 * the end of the command, and Debian's makes one `\` of two (crontab(5), do_command.c). So a `%` is
 * written `\%` outside the quotes, which every cron and shell reads as `%`, and no two backslashes
 * stand side by side.
 */
export function quoteWord(word: string): string {
  const pieces = word.split('%').map((piece) => {
    if (piece === '' || PLAIN.test(piece)) return piece;
    return quoteCommand(piece).replace(/\\(?=\\)/g, "\\''");
  });
  return word === '' ? "''" : pieces.join('\\%');
}

/**
 * Quotes what stands in a crontab line as a command, so that it becomes one word for the shell. cron
 * does to it afterwards what it did to it before: of what it looks at, `%` and what follows a
 * backslash, nothing comes, goes or moves.
 */
export function quoteCommand(command: string): string {
  return `'${command.replaceAll("'", "'\\''")}'`;
}
