import type { TcpPlace } from '../target.js';

/** `10.0.0.3:6379`, `[::1]:6379` */
export function labelOf({ host, port }: TcpPlace): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
