/** What INFO tells (https://redis.io/docs/latest/commands/info/), as far as it matters here. */
export interface Info {
  readonly identity: Identity | undefined;
  /** Of this process of the server, whatever address it is reached by. */
  readonly runId: string | undefined;
  readonly memory: Memory | undefined;
  readonly persistence: Persistence | undefined;
  readonly replication: Replication | undefined;
}

export interface Identity {
  readonly software: 'Redis' | 'Valkey';
  readonly version: string;
  readonly mode: 'standalone' | 'cluster' | 'sentinel';
  readonly role: 'master' | 'replica';
}

export interface Memory {
  /** E.g. `volatile-lru`. */
  readonly policy: string;
  /** Bytes. */
  readonly used: number;
  /** Bytes; 0 when there is no limit. */
  readonly limit: number;
  /** Keys evicted since the start. */
  readonly evicted: number;
}

export interface Persistence {
  readonly appendOnly: boolean;
  /** Of the append-only file where there is one, else of the last dump. */
  readonly lastWriteFailed: boolean;
  /** ms since the epoch; the server's start where nothing was saved since. */
  readonly lastSave: number;
}

export interface Replication {
  readonly replicas: readonly Replica[];
  /** A replica's link to its master. */
  readonly masterLinkUp: boolean | undefined;
  /** How many replicas are good enough; told only where some are required. */
  readonly good: number | undefined;
}

export interface Replica {
  readonly address: string;
  readonly online: boolean;
  /** Seconds since it was last heard of. */
  readonly lag: number;
  /** Bytes that it has not confirmed yet. */
  readonly behind: number;
}

type Fields = ReadonlyMap<string, string>;

/** @returns undefined when that is no text */
export function readInfo(reply: unknown): Info | undefined {
  if (typeof reply !== 'string') return undefined;
  const fields: Fields = new Map(
    reply.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(':');
      return at > 0 && !line.startsWith('#') ? [[line.slice(0, at), line.slice(at + 1)]] : [];
    }),
  );
  return {
    identity: identityOf(fields),
    runId: fields.get('run_id'),
    memory: memoryOf(fields),
    persistence: persistenceOf(fields),
    replication: replicationOf(fields),
  };
}

/** The same as told by HELLO, a list of names and values; many who may not ask INFO may say hello. */
export function readHello(reply: unknown): Identity | undefined {
  if (!Array.isArray(reply)) return undefined;
  const value = (name: string) => String(reply[reply.indexOf(name) + 1]);
  if (!reply.includes('version')) return undefined;
  const software = value('server') === 'valkey' ? 'Valkey' : 'Redis';
  return {
    software,
    version: value('version'),
    mode: modeOf(value('mode')),
    role: value('role') === 'master' ? 'master' : 'replica',
  };
}

function identityOf(fields: Fields): Identity | undefined {
  const valkey = fields.get('valkey_version');
  const version = valkey ?? fields.get('redis_version');
  if (version === undefined) return undefined;
  return {
    software: valkey === undefined ? 'Redis' : 'Valkey',
    version,
    mode: fields.get('cluster_enabled') === '1' ? 'cluster' : modeOf(fields.get('redis_mode')),
    role: fields.get('role') === 'slave' ? 'replica' : 'master',
  };
}

function modeOf(word: string | undefined): Identity['mode'] {
  return word === 'cluster' || word === 'sentinel' ? word : 'standalone';
}

function memoryOf(fields: Fields): Memory | undefined {
  const policy = fields.get('maxmemory_policy');
  const [used, limit] = [numberOf(fields, 'used_memory'), numberOf(fields, 'maxmemory')];
  if (policy === undefined || used === undefined || limit === undefined) return undefined;
  return { policy, used, limit, evicted: numberOf(fields, 'evicted_keys') ?? 0 };
}

function persistenceOf(fields: Fields): Persistence | undefined {
  const appendOnly = fields.get('aof_enabled');
  const lastSave = numberOf(fields, 'rdb_last_save_time');
  if (appendOnly === undefined || lastSave === undefined) return undefined;
  const states = ['aof_last_write_status', 'rdb_last_bgsave_status'].map((name) =>
    fields.get(name),
  );
  return {
    appendOnly: appendOnly === '1',
    lastWriteFailed: states.includes('err'),
    lastSave: lastSave * 1_000,
  };
}

function replicationOf(fields: Fields): Replication | undefined {
  const count = numberOf(fields, 'connected_slaves');
  if (count === undefined) return undefined;
  const offset = numberOf(fields, 'master_repl_offset') ?? 0;
  const status = fields.get('master_link_status');
  const rows = Array.from({ length: count }, (_, i) => fields.get(`slave${i}`));
  return {
    replicas: rows.flatMap((row) => (row === undefined ? [] : [replicaOf(row, offset)])),
    masterLinkUp: status === undefined ? undefined : status === 'up',
    good: numberOf(fields, 'min_slaves_good_slaves'),
  };
}

/** `ip=10.0.0.2,port=6379,state=online,offset=42,lag=1` */
function replicaOf(row: string, masterOffset: number): Replica {
  const fields: Fields = new Map(
    row.split(',').map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, value];
    }),
  );
  return {
    address: `${fields.get('ip')}:${fields.get('port')}`,
    online: fields.get('state') === 'online',
    lag: numberOf(fields, 'lag') ?? 0,
    behind: Math.max(0, masterOffset - (numberOf(fields, 'offset') ?? masterOffset)),
  };
}

function numberOf(fields: Fields, name: string): number | undefined {
  const text = fields.get(name);
  return text !== undefined && /^-?\d{1,16}$/.test(text) ? Number(text) : undefined;
}
