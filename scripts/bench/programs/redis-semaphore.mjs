// npm's redis-semaphore in the least of a wrapper: the mutex for a minute, then the command.
import { spawn } from 'node:child_process';
import Redis from 'ioredis';
import { Mutex } from 'redis-semaphore';

const [port, key, command] = process.argv.slice(2);
const client = new Redis(Number(port), '127.0.0.1');
const mutex = new Mutex(client, key, { lockTimeout: 60_000, acquireAttemptsLimit: 1 });
if (await mutex.tryAcquire()) {
  spawn(command, [], { stdio: 'inherit' }).once('exit', (code) => process.exit(code));
} else {
  process.exit(0);
}
