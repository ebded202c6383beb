/** The names of everything that one job keeps in Redis. */
export interface JobKeys {
  /** INCR counter of the slot; expires. */
  slot(id: string): string;
  /** Hash: who won the slot, and how the run went; expires. */
  run(id: string): string;
  /** String: how much of its unlocked run an owner has told; expires. */
  unlocked(owner: string): string;
  /** Hash: newest slot claimed, last fence, live leases. Has no expiry. */
  readonly state: string;
  /** Stream: every run that ended, died or was overlapped; capped, and has no expiry. */
  readonly history: string;
  /** Sorted set, by ms when last seen: `node schedule command version`; trimmed by age. */
  readonly nodes: string;
}

/**
 * All keys of a job share one hash tag, so that a script may use them together on Redis Cluster
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags).
 */
export function jobKeys(prefix: string, job: string): JobKeys {
  const base = `${prefix}:{${encodeJob(job)}}`;
  return {
    slot: (id) => `${base}:slot:${id}`,
    run: (id) => `${base}:run:${id}`,
    unlocked: (owner) => `${base}:unlocked:${owner}`,
    state: `${base}:state`,
    history: `${base}:history`,
    nodes: `${base}:nodes`,
  };
}

/** Set: the names of the jobs that were ever bid for. */
export function jobsKey(prefix: string): string {
  return `${prefix}:jobs`;
}

/** What nobody ever makes: to ask for it changes nothing. */
export function noKey(prefix: string): string {
  return `${prefix}:no-key`;
}

/** Tells of a job's key that it must have an expiry: the records of one slot. */
export function expires(prefix: string, key: string): boolean {
  const [, rest = ''] = key.startsWith(`${prefix}:{`) ? key.split('}') : [];
  return [':slot:', ':run:', ':unlocked:'].some((kind) => rest.startsWith(kind));
}

/** The pattern of SCAN that matches every key of a job; a prefix holds nothing special to it. */
export function jobKeyPattern(prefix: string): string {
  return `${prefix}:{*}:*`;
}

/**
 * Percent-encodes what could end the hash tag early or be taken for a pattern by KEYS and SCAN.
 * Different names stay different.
 */
function encodeJob(job: string): string {
  return encodeURIComponent(job).replace(
    /[*!'()~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
