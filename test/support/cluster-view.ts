import type { RedisServer } from './redis-server.js';

/** A server as a node of a cluster. */
export interface Member {
  readonly server: RedisServer;
  /** By which the nodes know it, for good. */
  readonly id: string;
  /** By which clients and other nodes reach it: that of TLS in a cluster over TLS. */
  readonly port: number;
}

/** A node, as one of them sees it. */
export interface NodeView {
  readonly id: string;
  /** Sorted, without `myself`; `master` or `slave` alone when all is well. */
  readonly flags: readonly string[];
  /** The id of its master; `-` for a master. */
  readonly master: string;
  /** First and last of each range. */
  readonly slots: readonly (readonly [number, number])[];
}

/** All nodes as `server` sees them, sorted by id. */
export async function viewOf(server: RedisServer): Promise<NodeView[]> {
  const lines = String(await server.command('CLUSTER', 'NODES'))
    .trim()
    .split('\n');
  return lines.map(parseNode).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws Error when nobody has the slot */
export function ownerOf(slot: number, view: readonly NodeView[]): NodeView {
  const owner = view.find(({ slots }) =>
    slots.some(([first, last]) => first <= slot && slot <= last),
  );
  if (owner === undefined) throw new Error(`nobody serves slot ${slot}`);
  return owner;
}

export function isLiveMaster({ flags }: NodeView): boolean {
  return flags.includes('master') && !flags.includes('fail');
}

/** One line of CLUSTER NODES (https://redis.io/docs/latest/commands/cluster-nodes/). */
function parseNode(line: string): NodeView {
  const [id = '', , flags = '', master = '', , , , , ...slots] = line.split(' ');
  return {
    id,
    flags: flags
      .split(',')
      .filter((flag) => flag !== 'myself')
      .sort(),
    master,
    // A slot that moves is listed once more, in brackets.
    slots: slots.filter((range) => !range.startsWith('[')).map(parseRange),
  };
}

function parseRange(range: string): [number, number] {
  const [first, last = first] = range.split('-').map(Number);
  if (first === undefined || last === undefined) throw new Error(`no slots: ${range}`);
  return [first, last];
}
