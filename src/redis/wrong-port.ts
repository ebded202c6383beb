import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TcpPlace } from './target.js';

/*
 * A Redis without TLS takes our handshake for the beginning of a line, and is silent; one with TLS hangs up
 * on a plain command. Either looks like an outage, and is a mistake in the URL that no later try mends.
 */

/** ms for the answer. */
const PATIENCE = 250;

/** Whether a Redis without TLS is there. No secret is sent. */
export function speaksPlainly({ host, port }: TcpPlace): Promise<boolean> {
  const socket = connect({ host, port });
  return seen((answer) => {
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (bytes) => answer(/^[+-]/.test(bytes.toString('latin1'))));
    socket.on('error', () => answer(false));
    socket.on('close', () => answer(false));
  }).finally(() => socket.destroy());
}

/** Whether something with TLS is there, whatever it thinks of us. Its certificate is not looked at. */
export function speaksTls({ host, port }: TcpPlace): Promise<boolean> {
  const socket = connectTls({ host, port, rejectUnauthorized: false });
  return seen((answer) => {
    socket.on('secureConnect', () => answer(true));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      answer(/^ERR_SSL_\w+_ALERT_/.test(error.code ?? ''));
    });
    socket.on('close', () => answer(false));
  }).finally(() => socket.destroy());
}

function seen(watch: (answer: (is: boolean) => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE);
    watch((is) => {
      clearTimeout(timer);
      resolve(is);
    });
  });
}
