import { Failure } from '../../core/errors.js';
import type { Link } from '../link.js';
import type { Awaited } from './events.js';

/** ms that a server may take to say that nothing came. */
const ANSWER_AFTER_BLOCK = 5_000;

/**
 * Asks which streams have something new, and waits for it. Blocking reads work on Cluster and on serverless
 * offers, where keyspace events are forbidden; but a blocked connection answers nothing else.
 *
 * @param awaited each stream once; on a cluster, all of them in one hash slot
 * @param block ms
 * @returns the streams that have something new; none when the time was over
 */
export async function awaitStreams(
  link: Link,
  awaited: readonly Awaited[],
  block: number,
): Promise<ReadonlySet<string>> {
  const ms = Math.max(1, Math.ceil(block));
  const command = ['XREAD', 'COUNT', '1', 'BLOCK', String(ms), ...streamsOf(awaited)];
  return newsIn(await link.command(command, ms + ANSWER_AFTER_BLOCK), link);
}

/** The same without waiting. @param within ms for the answer */
export async function lookAtStreams(
  link: Link,
  awaited: readonly Awaited[],
  within: number,
): Promise<ReadonlySet<string>> {
  return newsIn(await link.command(['XREAD', 'COUNT', '1', ...streamsOf(awaited)], within), link);
}

function streamsOf(awaited: readonly Awaited[]): readonly string[] {
  const names = awaited.map(({ stream }) => stream);
  return ['STREAMS', ...names, ...awaited.map(({ since }) => since)];
}

/** `[[stream, [[id, fields]]], …]`; null when there is nothing. */
function newsIn(reply: unknown, { label }: Link): ReadonlySet<string> {
  const found: readonly unknown[] | undefined =
    reply === null ? [] : Array.isArray(reply) ? reply : undefined;
  const streams = found?.map((each) => (Array.isArray(each) ? String(each[0]) : undefined));
  if (streams === undefined || streams.includes(undefined)) {
    throw new Failure('protocol', `Redis at ${label} did not answer XREAD with streams`);
  }
  return new Set(streams.filter((stream) => stream !== undefined));
}
