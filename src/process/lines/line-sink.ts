import { StopSwitch } from '../../core/stop.js';
import type { Outlet } from '../outlet.js';
import type { Sink } from '../sink.js';
import { after } from '../timer.js';
import { type LineMemory, UnfinishedLine } from './unfinished-line.js';

/** What is made of a job's lines before they are written: bytes of its own, which it does not share. */
export interface LineFormat {
  /** @param block whole lines, each with its end */
  lines(block: Buffer): Buffer;
  /** @param bytes part of a line that is too long to be kept whole, without its end; more of it follows */
  piece(bytes: Buffer): Buffer;
}

const NEWLINE = 0x0a;
/** Bytes of lines that are formatted at once: a line may be empty, and its format a hundred times as long. */
const BLOCK = 16 * 1024;
/** ms that the last words of a job that has ended may wait for a reader of ours. */
const PATIENCE = 10_000;

/**
 * Passes a job's stream on in whole lines, so that those of several jobs do not mix. A line ends with
 * its newline and nothing else: a progress bar's carriage returns belong to it.
 *
 * A line that was begun is held until its end has come, or the job's. A job that writes to nobody goes on,
 * and its output is lost: it is not ours to end it because a reader of ours has ended.
 */
export function lineSink(outlet: Outlet, format: LineFormat, memory: LineMemory): Sink {
  const unfinished = new UnfinishedLine(memory);
  const impatience = new StopSwitch();
  let cancelPatience = () => {};
  let newest: Promise<void> = Promise.resolve();

  /** One call after the other: the end of a job can come while a background process goes on. */
  const inTurn = (step: () => Promise<void>) => {
    newest = newest.then(step);
    return newest;
  };

  const putLines = (block: Buffer) => outlet.put(() => format.lines(block), impatience);

  const hold = async (bytes: Buffer) => {
    for (let rest = unfinished.add(bytes); rest.length > 0; rest = unfinished.add(rest)) {
      const piece = unfinished.characters;
      await outlet.put(() => format.piece(piece), impatience);
      unfinished.drop(piece.length);
    }
  };

  const endLine = async (end: Buffer) => {
    await hold(end);
    await putLines(unfinished.bytes);
    unfinished.clear();
  };

  const take = async (chunk: Buffer) => {
    let rest = chunk;
    if (unfinished.bytes.length > 0 && rest.includes(NEWLINE)) {
      const end = rest.indexOf(NEWLINE) + 1;
      await endLine(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    for (let end = endOfBlock(rest); end > 0; end = endOfBlock(rest)) {
      await putLines(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    await hold(rest);
  };

  return {
    take: (chunk) => inTurn(() => take(chunk)),
    finish: () =>
      inTurn(async () => {
        if (unfinished.bytes.length > 0) await endLine(Buffer.of(NEWLINE));
        cancelPatience();
      }),
    hurry() {
      cancelPatience = after(PATIENCE, () => impatience.request());
    },
  };
}

/** Where the last line ends that begins a block; 0 when none ends. */
function endOfBlock(bytes: Buffer): number {
  const end = bytes.lastIndexOf(NEWLINE, BLOCK - 1) + 1;
  return end > 0 ? end : bytes.indexOf(NEWLINE) + 1;
}
