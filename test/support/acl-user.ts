import type { Login } from './redis-client.js';
import type { RedisServer } from './redis-server.js';

/**
 * Makes a user of exactly these rights, or changes one into that.
 *
 * @param rules as ACL SETUSER takes them, e.g. `['~redlock-run:*', '+eval', '+time']`
 */
export async function aclUser(
  server: RedisServer,
  username: string,
  rules: readonly string[],
  password: string,
): Promise<Login> {
  await server.command('ACL', 'SETUSER', username, 'reset', 'on', `>${password}`, ...rules);
  return { username, password };
}
