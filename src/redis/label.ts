import type { TcpPlace, Topology } from './target.js';

/**
 * Where a server is, whatever is said about TLS, database and login: two that are written alike
 * are one and the same.
 */
export function whereabouts(topology: Topology): string {
  switch (topology.kind) {
    case 'single':
      return topology.place.kind === 'tcp'
        ? hostAndPort(topology.place)
        : topology.place.path.split('/').map(encodeURIComponent).join('/');
    case 'sentinel':
      return `${inOrder(topology.sentinels)}/${topology.master}`;
    case 'cluster':
      return inOrder(topology.seeds);
  }
}

/** The one way to write an address, without its secrets: `rediss+cluster://a:6379,b:6379`. */
export function labelOf(topology: Topology, tls: boolean, db: number): string {
  const where = whereabouts(topology);
  if (topology.kind === 'single' && topology.place.kind === 'unix') {
    return `unix://${where}${db === 0 ? '' : `?db=${db}`}`;
  }
  const kind = topology.kind === 'single' ? '' : `+${topology.kind}`;
  return `${tls ? 'rediss' : 'redis'}${kind}://${where}${db === 0 ? '' : `/${db}`}`;
}

function inOrder(places: readonly TcpPlace[]): string {
  return places.map(hostAndPort).sort().join(',');
}

/** `10.0.0.3:6379`, `[::1]:6379` */
export function hostAndPort({ host, port }: TcpPlace): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
