import type { RedisServer } from './redis-server.js';

/** Answers of lines of `name:value`, as INFO gives them. */
type Info = Partial<Record<string, string>>;

/** A section of INFO. */
export async function infoOf(server: RedisServer, section: string): Promise<Info> {
  return parseInfo(String(await server.command('INFO', section)));
}

/** CLUSTER INFO. */
export async function clusterInfoOf(node: RedisServer): Promise<Info> {
  return parseInfo(String(await node.command('CLUSTER', 'INFO')));
}

function parseInfo(text: string): Info {
  return Object.fromEntries(
    text.split('\r\n').flatMap((line) => {
      const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}
