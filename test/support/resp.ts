/** A reply or request of Redis, read from the wire (RESP2). An error is a value here. */
export type Reply = string | number | null | RedisError | Reply[];

export class RedisError extends Error {}

export interface Parsed {
  readonly value: Reply;
  /** Bytes that it took. */
  readonly length: number;
}

/** A request: an array of bulk strings. */
export function encode(args: readonly (string | number)[]): Buffer {
  const parts = args.map((arg) => {
    const text = String(arg);
    return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
  });
  return Buffer.from(`*${args.length}\r\n${parts.join('')}`);
}

/**
 * Reads one value from the start of `bytes`; undefined when it is not complete yet.
 *
 * @throws Error when it is not RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/)
 */
export function decode(bytes: Buffer, from = 0): Parsed | undefined {
  const end = bytes.indexOf('\r\n', from);
  if (end < 0) return undefined;
  const text = bytes.toString('utf8', from + 1, end);
  const head = end + 2 - from;
  switch (bytes.toString('latin1', from, from + 1)) {
    case '+':
      return { value: text, length: head };
    case '-':
      return { value: new RedisError(text), length: head };
    case ':':
      return { value: Number(text), length: head };
    case '$':
      return bulk(bytes, from, head, Number(text));
    case '*':
      return array(bytes, from, head, Number(text));
    default:
      throw new Error(`not RESP2: ${JSON.stringify(bytes.toString('latin1', from, from + 40))}`);
  }
}

function bulk(bytes: Buffer, from: number, head: number, size: number): Parsed | undefined {
  if (size < 0) return { value: null, length: head };
  const start = from + head;
  if (bytes.length < start + size + 2) return undefined;
  return { value: bytes.toString('utf8', start, start + size), length: head + size + 2 };
}

function array(bytes: Buffer, from: number, head: number, count: number): Parsed | undefined {
  if (count < 0) return { value: null, length: head };
  const items: Reply[] = [];
  let length = head;
  while (items.length < count) {
    const item = decode(bytes, from + length);
    if (item === undefined) return undefined;
    items.push(item.value);
    length += item.length;
  }
  return { value: items, length };
}
