// A program of its own (dist/embedded-redis.mjs): Redis in JavaScript for the demo. It says `port N`
// once it can run a script, and ends when its stdin does. Nothing is kept.
import { connect, createServer } from 'node:net';
import process from 'node:process';
import { createRedisCommandExecutor, RedisServerState, Resp2Server } from 'js-redis-server/core';

const redis = new Resp2Server({
  server: new RedisServerState({ databaseCount: 1 }),
  executor: createRedisCommandExecutor(),
  logger: { error: (...words) => process.stderr.write(`embedded Redis: ${words.join(' ')}\n`) },
});

// Its own listen() takes connections from everywhere; ours from this machine only.
const door = createServer((socket) => redis.server.emit('connection', socket));
door.listen(0, '127.0.0.1', () => {
  const address = door.address();
  if (address !== null && typeof address === 'object') warmUp(address.port);
});

process.stdin.resume().on('end', () => process.exit(0));

/** Loads the Lua engine, so that the fleet's first claim does not wait for it. */
function warmUp(port: number): void {
  const socket = connect(port, '127.0.0.1');
  socket.write('*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n0\r\n');
  socket.once('data', (reply) => {
    if (String(reply) !== ':1\r\n') process.exit(1);
    process.stdout.write(`port ${port}\n`);
    socket.destroy();
  });
  socket.once('end', () => process.exit(1));
}
